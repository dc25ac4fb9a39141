//! The gate over the OpenAPI document: two linters, and six generated clients that must compile.

mod command;
mod generated;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use self::command::{DOCUMENT, INSTALL, within};
use crate::{shell, tools};

/// The linters, and the generator and compiler of TypeScript.
const NPM: [&str; 4] = [
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
];

/// The generator of Python.
const PYTHON: &str = "openapi-python-client==0.29.1";

/// Checks the document with the programs that can be installed here, and names those that can't.
pub(crate) fn check() -> Result<()> {
    let folder = tools::folder()?.join("openapi");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let print = ["run", "--quiet", "-p", "covibe-server", "--", "openapi"];
    std::fs::write(folder.join(DOCUMENT), shell::read_output(&mut shell::cargo(print))?)?;
    let has_typescript = linters_and_typescript(&folder)?;
    let python = python(&folder)?;
    generated::check(&folder, python.as_deref(), has_typescript)
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
