//! Starting what is to be executed in a container.

use super::command_table::{self, CommandPlan};
use super::container_files::{FileEntry, find};
use super::exec_context::ExecContext;
use super::shell_line;
use crate::docker::model::{Config, Container};
use crate::docker::process_script::{Script, Step};
use crate::docker::programs::Stream;

/// Works out what an execution does in a container.
pub(in crate::docker) fn start(one: &Container, config: &Config) -> Script {
    match run_command(one, config) {
        Ok(CommandPlan { steps, code, held }) => Script { steps, code, is_started: true, held },
        Err((code, why)) => not_started(code, &why),
    }
}

/// Returns what the process does; or if the engine can't start it, an exit code and why.
fn run_command(one: &Container, config: &Config) -> Result<CommandPlan, (i64, String)> {
    let place = ExecContext::in_container(one, config).map_err(|why| (126, why))?;
    if find(&place.files, &place.folder).is_none() {
        let why = "set in config.json failed: no such file or directory";
        return Err((126, oci(&format!("chdir to cwd ({:?}) {why}", place.folder))));
    }
    let program = config.cmd.first().map_or("", String::as_str);
    if matches!(find(&place.files, program), Some(FileEntry::File(_))) && program.starts_with('/') {
        return Err((126, oci(&format!("exec: {program:?}: permission denied"))));
    }
    let answer = match (program, config.cmd.get(1..).unwrap_or_default()) {
        _ if one.arranged.no_shell => None,
        ("sh" | "/bin/sh", [option, text]) if option.ends_with('c') => {
            Some(shell_line::answer(&place, text))
        }
        ("sh" | "/bin/sh", _) => Some(CommandPlan::default()),
        _ => command_table::find(&place, &config.cmd),
    };
    answer.ok_or_else(|| (127, oci(&not_found(program))))
}

/// Reports a missing program as releases from 25.0 on do; 20.10 reports it with the exit code 126.
fn not_found(program: &str) -> String {
    if program.starts_with('/') {
        format!("exec: {program:?}: stat {program}: no such file or directory")
    } else {
        format!("exec: {program:?}: executable file not found in $PATH")
    }
}

/// Returns the script of what the engine could not start: the reason, on the standard output.
fn not_started(code: i64, message: &str) -> Script {
    let text = format!("{message}\r\n").into_bytes();
    Script { steps: vec![Step::Write(Stream::Stdout, text)], code, ..Script::default() }
}

fn oci(why: &str) -> String {
    format!(
        "OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
    )
}
