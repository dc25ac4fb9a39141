//! The gate over the OpenAPI document: two linters, and six generated clients that must compile.
//!
//! openapi-typescript and openapi-python-client write one client each, openapi-generator one in each of three languages,
//! and oapi-codegen one in Go.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{cargo_tools, shell};

/// The linters, and the generator and compiler of TypeScript.
const NPM: [&str; 4] = [
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
];

/// The generator of Python.
const PYTHON: &str = "openapi-python-client==0.29.1";

/// The generator of three languages, as Maven names it.
const GENERATOR: &str = "org.openapitools:openapi-generator-cli:7.25.0";

/// The file of that generator.
const JAR: &str = "openapi-generator-cli-7.25.0.jar";

/// The other generator of Go, as Go names it.
const OAPI_CODEGEN: &str = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";

/// The time in which the modules of a client in Go must arrive.
const MODULES: Duration = Duration::from_mins(3);

/// The time in which a program must be installed.
const INSTALL: Duration = Duration::from_mins(5);

/// The document, relative to the folder of this gate.
const DOCUMENT: &str = "openapi.json";

/// Checks the document with the programs that can be installed here, and names those that can't.
pub(crate) fn check() -> Result<()> {
    let folder = cargo_tools::folder()?.join("openapi");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let print = ["run", "--quiet", "-p", "covibe-server", "--", "openapi"];
    std::fs::write(folder.join(DOCUMENT), shell::read_output(&mut shell::cargo(print))?)?;
    let has_typescript = linters_and_typescript(&folder)?;
    let python = python(&folder)?;
    check_generated_clients(&folder, python.as_deref(), has_typescript)
}

/// Returns whether the compiler of TypeScript is installed.
fn linters_and_typescript(folder: &Path) -> Result<bool> {
    let mut install = within(folder, Path::new("npm"));
    install.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "."]);
    if let Err(error) = shell::run_within(install.args(NPM), INSTALL) {
        println!("Skipped: the linters and TypeScript could not be installed: {error:#}");
        return Ok(false);
    }
    std::fs::write(folder.join("spectral.yaml"), "extends: [\"spectral:oas\"]\n")?;
    let calls: [(&str, &[&str]); 4] = [
        ("redocly", &["lint", DOCUMENT]),
        ("spectral", &["lint", "--ruleset", "spectral.yaml", DOCUMENT]),
        ("openapi-typescript", &[DOCUMENT, "--output", "client.ts"]),
        ("tsc", &["--noEmit", "--strict", "client.ts"]),
    ];
    calls.iter().try_for_each(|(program, arguments)| {
        let program = folder.join("node_modules/.bin").join(program);
        let mut call = within(folder, &program);
        shell::run(call.args(*arguments).env("REDOCLY_TELEMETRY", "off"))
    })?;
    Ok(true)
}

/// Returns the Python of an environment, if there is one.
fn python(folder: &Path) -> Result<Option<PathBuf>> {
    let Some(python) = installed_python(folder) else { return Ok(None) };
    let generator = python.with_file_name("openapi-python-client");
    let mut generate = within(folder, &generator);
    generate.args(["generate", "--path", DOCUMENT, "--output-path", "client", "--meta", "none"]);
    // An operation that the generator does not understand is left out with a warning.
    generate.args(["--overwrite", "--fail-on-warning"]);
    // It calls the formatter that is installed beside it.
    let own = [python.parent().map(Path::to_owned)].into_iter().flatten();
    let path = std::env::join_paths(own.chain(shell::folders()))?;
    shell::run(generate.env("PATH", path))?;
    shell::run(within(folder, &python).args(["-m", "compileall", "-q", "client"]))?;
    Ok(Some(python))
}

/// Returns the Python of an environment that has the generator.
fn installed_python(folder: &Path) -> Option<PathBuf> {
    let python = folder.join("python/bin/python");
    let create = ["-m", "venv", "python"];
    let mut pip = within(folder, &python);
    pip.args(["-m", "pip", "install", "--quiet", PYTHON, "ruff"]);
    let made = shell::run_within(within(folder, Path::new("python3")).args(create), INSTALL);
    if let Err(error) = made.and_then(|()| shell::run_within(&mut pip, INSTALL)) {
        println!("Skipped: {PYTHON} could not be installed: {error:#}");
        return None;
    }
    Some(python)
}

/// Writes the clients, and compiles those whose languages are installed here. `python` is one of an environment.
fn check_generated_clients(
    folder: &Path,
    python: Option<&Path>,
    has_typescript: bool,
) -> Result<()> {
    if shell::which("go").is_some() {
        oapi_codegen(folder)?;
    }
    let Some(jar) = install_generator(folder) else { return Ok(()) };
    let in_python = write_client(folder, &jar, "python", &[])?;
    python.map_or(Ok(()), |python| compile_python(&in_python, python))?;
    let in_typescript = write_client(folder, &jar, "typescript-fetch", &[])?;
    if has_typescript {
        compile_typescript(&in_typescript, folder)?;
    }
    // Without the option, words that two enumerations share are one name in Go.
    let in_go =
        write_client(folder, &jar, "go", &["--additional-properties=enumClassPrefix=true"])?;
    if shell::which("go").is_some() { compile_go(&in_go) } else { Ok(()) }
}

/// Writes the client in a language; returns its folder.
fn write_client(folder: &Path, jar: &Path, language: &str, options: &[&str]) -> Result<PathBuf> {
    let out = folder.join("generated").join(language);
    // What an older document made would be compiled, too.
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    let mut call = within(folder, Path::new("java"));
    call.arg("-jar").arg(jar).args(["generate", "--input-spec", DOCUMENT, "--generator-name"]);
    call.arg(language).arg("--output").arg(&out).args(options);
    shell::read_output(&mut call)?;
    Ok(out)
}

/// Returns the generator, if it can be had.
fn install_generator(folder: &Path) -> Option<PathBuf> {
    let jar = folder.join(JAR);
    let mut copy = within(folder, Path::new("mvn"));
    copy.args(["--batch-mode", "--quiet", "dependency:copy", "-DoutputDirectory=."]);
    copy.arg(format!("-Dartifact={GENERATOR}"));
    let copied = if jar.exists() { Ok(()) } else { shell::run_within(&mut copy, INSTALL) };
    let works = copied.and_then(|()| {
        shell::read_output(within(folder, Path::new("java")).arg("-jar").arg(&jar).arg("version"))
    });
    works.inspect_err(|error| println!("Skipped: {GENERATOR} can't be run: {error:#}")).ok()?;
    Some(jar)
}

fn compile_python(client: &Path, python: &Path) -> Result<()> {
    let mut pip = within(client, python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"]);
    if let Err(error) = shell::run_within(&mut pip, INSTALL) {
        println!("Skipped: the dependencies of the Python client can't be installed: {error:#}");
        return Ok(());
    }
    shell::run(within(client, python).args(["-m", "compileall", "-q", "."]))?;
    shell::run(within(client, python).args(["-c", "import openapi_client"]))
}

fn compile_typescript(client: &Path, folder: &Path) -> Result<()> {
    let mut compile = within(client, &folder.join("node_modules/.bin/tsc"));
    compile.args(["--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom"]);
    shell::run(compile.args(["--moduleResolution", "node", "index.ts"]))
}

/// Writes a client with oapi-codegen, and compiles it.
fn oapi_codegen(folder: &Path) -> Result<()> {
    let go = Path::new("go");
    let mut install = within(folder, go);
    let installed =
        shell::run_within(install.args(["install", OAPI_CODEGEN]).env("GOBIN", folder), INSTALL);
    if let Err(error) = installed {
        println!("Skipped: {OAPI_CODEGEN} can't be installed: {error:#}");
        return Ok(());
    }
    let client = folder.join("generated").join("oapi-codegen");
    std::fs::create_dir_all(&client).with_context(|| client.display().to_string())?;
    let mut write = within(folder, &folder.join("oapi-codegen"));
    write.args(["-generate", "types,client", "-package", "client", "-o"]);
    shell::run(write.arg(client.join("client.go")).arg(DOCUMENT))?;
    if !client.join("go.mod").exists() {
        shell::run(within(&client, go).args(["mod", "init", "client"]))?;
    }
    compile_go(&client)
}

fn compile_go(client: &Path) -> Result<()> {
    let go = Path::new("go");
    if let Err(error) = shell::run_within(within(client, go).args(["mod", "tidy"]), MODULES) {
        println!("Skipped: the dependencies of the Go client can't be installed: {error:#}");
        return Ok(());
    }
    shell::run(within(client, go).args(["build", "./..."]))
}

/// Returns a call of a program in this folder.
fn within(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}
