//! The user unit of systemd.

use std::fs;
use std::path::Path;

use super::manager_programs::Runner;
use super::service_definition::{Service, no_manager};
use crate::command_error::Problem;
use crate::home::{CompanionHome, Mode, write_atomically};

/// The name of the unit.
pub(super) const NAME: &str = "covibe-companion";

/// Returns the text of the unit. It names no server and no key.
///
/// `StartLimitIntervalSec=0` lets a machine that is offline at its login try on. The exit codes of a command line that is
/// refused (64) and of missing credentials (78) do not change by themselves, so nothing is started again after them.
pub fn unit(home: &CompanionHome) -> String {
    let program = quoted(&home.program("covibe-local"));
    let home = quoted_assignment("COVIBE_HOME", home.root());
    format!(
        "[Unit]\n\
         Description=Co-Vibe companion\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         Type=exec\n\
         ExecStart={program} watch --service\n\
         Environment={home}\n\
         Restart=on-failure\n\
         RestartSec=15\n\
         RestartPreventExitStatus=64 78\n\
         TimeoutStopSec=15\n\
         KillMode=mixed\n\
         UMask=0077\n\
         Nice=10\n\
         NoNewPrivileges=yes\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    )
}

/// Returns a path as the first word of `ExecStart`: quoted, with `%` doubled, which systemd replaces otherwise. In this
/// word alone it replaces no `$`.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", escaped(&path.to_string_lossy()))
}

/// Returns an assignment as a word of `Environment`, where `$` is an ordinary character.
fn quoted_assignment(name: &str, path: &Path) -> String {
    format!("\"{name}={}\"", escaped(&path.to_string_lossy()))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '%' => escaped.push_str("%%"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes the unit and starts it.
pub(super) fn install<R: Runner>(service: &Service<R>) -> Result<(), Problem> {
    let file = service.file();
    let folder = file.parent().unwrap_or(Path::new("/"));
    let written = fs::create_dir_all(folder)
        .and_then(|()| write_atomically(&file, unit(&service.home).as_bytes(), Mode::Kept));
    written.map_err(|error| {
        Problem::failure(format!("{} cannot be written: {error}.", file.display()))
    })?;
    for step in [&["daemon-reload"][..], &["enable", NAME], &["restart", NAME]] {
        control(service, step)?;
    }
    Ok(())
}

fn control<R: Runner>(service: &Service<R>, step: &[&str]) -> Result<(), Problem> {
    let ran = service.runner.run("systemctl", &[&["--user"], step].concat());
    if ran.is_ok() {
        return Ok(());
    }
    if ran.code.is_none() {
        return Err(no_manager(": systemctl cannot be run"));
    }
    if ran.stderr.contains("Failed to connect to bus") || ran.stderr.contains("not been booted") {
        return Err(no_manager(""));
    }
    Err(Problem::failure(format!("`systemctl --user {}` failed.", step.join(" ")))
        .hint("Run `covibe-local service logs`."))
}

/// Stops the unit and removes its file. A unit that is not loaded is not an error.
pub(super) fn uninstall<R: Runner>(service: &Service<R>) -> Result<(), Problem> {
    let run = |step: &[&str]| service.runner.run("systemctl", &[&["--user"], step].concat());
    run(&["disable", "--now", NAME]);
    let file = service.file();
    if let Err(error) = fs::remove_file(&file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(Problem::failure(format!("{} cannot be removed: {error}.", file.display())));
    }
    run(&["daemon-reload"]);
    run(&["reset-failed", NAME]);
    Ok(())
}

/// Returns the latest lines of the log.
pub(super) fn logs<R: Runner>(service: &Service<R>) -> Option<String> {
    let arguments = ["--user", "--unit", NAME, "--lines", "50", "--output", "cat", "--no-pager"];
    let ran = service.runner.run("journalctl", &arguments);
    ran.is_ok().then_some(ran.stdout)
}
