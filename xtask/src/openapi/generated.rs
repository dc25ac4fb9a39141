//! Clients that openapi-generator writes in three languages, and oapi-codegen in Go: each must compile.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::command::{DOCUMENT, INSTALL, within};
use crate::shell;

/// The generator, as Maven names it.
const GENERATOR: &str = "org.openapitools:openapi-generator-cli:7.25.0";

/// The file of the generator.
const JAR: &str = "openapi-generator-cli-7.25.0.jar";

/// The other generator of Go, as Go names it.
const OAPI_CODEGEN: &str = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";

/// The time in which the modules of a client in Go must arrive.
const MODULES: Duration = Duration::from_mins(3);

/// Writes the clients, and compiles those whose languages are installed here. `python` is one of an environment.
pub(super) fn check(folder: &Path, python: Option<&Path>, has_typescript: bool) -> Result<()> {
    if shell::which("go").is_some() {
        oapi_codegen(folder)?;
    }
    let Some(jar) = install_generator(folder) else { return Ok(()) };
    let in_python = write(folder, &jar, "python", &[])?;
    python.map_or(Ok(()), |python| compile_python(&in_python, python))?;
    let in_typescript = write(folder, &jar, "typescript-fetch", &[])?;
    if has_typescript {
        compile_typescript(&in_typescript, folder)?;
    }
    // Without the option, words that two enumerations share are one name in Go.
    let in_go = write(folder, &jar, "go", &["--additional-properties=enumClassPrefix=true"])?;
    if shell::which("go").is_some() { compile_go(&in_go) } else { Ok(()) }
}

/// Writes the client in a language; returns its folder.
fn write(folder: &Path, jar: &Path, language: &str, options: &[&str]) -> Result<PathBuf> {
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
        println!("Skipped: what the client in Python needs can't be installed: {error:#}");
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
        println!("Skipped: {OAPI_CODEGEN} can't be had: {error:#}");
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
        println!("Skipped: what the client in Go needs can't be had: {error:#}");
        return Ok(());
    }
    shell::run(within(client, go).args(["build", "./..."]))
}
