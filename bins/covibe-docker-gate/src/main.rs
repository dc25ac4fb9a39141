//! `covibe-docker-gate`: the program that sshd runs for the restricted account of a docker host.
//!
//! Standard input and output are one HTTP connection. Nothing that the client sends becomes an
//! argument, and its command only has to be the gate's own name.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::ExitCode;

use covibe_docker_gate_core::{Settings, serve};

const NAME: &str = "covibe-docker-gate";

const HELP: &str = "Forward only the calls that Co-Vibe may make to the Docker Engine

Usage: covibe-docker-gate [--socket PATH]

Standard input and output carry one HTTP connection of a Docker API client.
sshd runs this for the key of the restricted account (docs/operating/docker-host.md).

Options:
  --socket PATH  the socket of the Docker Engine [default: /var/run/docker.sock]
  --version      print the version
  --help         print this help
";

/// The variable in which sshd keeps the command of the client.
const ASKED: &str = "SSH_ORIGINAL_COMMAND";

/// The action that the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
enum RequestedAction {
    Serve(PathBuf),
    Print(String),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            write_error(&message);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    check_command(std::env::var_os(ASKED).as_deref().map(|it| it.to_string_lossy()).as_deref())?;
    match parse_arguments(std::env::args_os().skip(1))? {
        RequestedAction::Print(text) => print(&text),
        RequestedAction::Serve(socket) => {
            connect(socket).map_err(|error| format!("{NAME}: {error}"))
        }
    }
}

fn connect(socket: PathBuf) -> std::io::Result<()> {
    let input = std::io::stdin().as_fd().try_clone_to_owned()?;
    let output = std::io::stdout().as_fd().try_clone_to_owned()?;
    serve(input, output, &Settings { socket, version: env!("CARGO_PKG_VERSION") })
}

/// Refuses a client that asked sshd for anything but the gate.
fn check_command(asked: Option<&str>) -> Result<(), String> {
    match asked {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(format!("{NAME}: this key opens only {NAME}, and runs no other command")),
    }
}

fn parse_arguments(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<RequestedAction, String> {
    let mut socket = PathBuf::from("/var/run/docker.sock");
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(RequestedAction::Print(HELP.to_owned())),
            Some("--version" | "-V") => {
                return Ok(RequestedAction::Print(format!(
                    "{NAME} {}\n",
                    env!("CARGO_PKG_VERSION")
                )));
            }
            Some("--socket") => {
                socket = arguments.next().ok_or("error: --socket needs a path")?.into();
            }
            _ => return Err(format!("error: unknown argument; see {NAME} --help")),
        }
    }
    Ok(RequestedAction::Serve(socket))
}

fn print(text: &str) -> Result<(), String> {
    use std::io::Write as _;
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

/// Writes to standard error, which may be closed.
fn write_error(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(arguments: &[&str]) -> Result<RequestedAction, String> {
        parse_arguments(arguments.iter().map(OsString::from))
    }

    #[test]
    fn the_socket_can_be_set_on_the_command_line() {
        assert_eq!(parse_words(&[]), Ok(RequestedAction::Serve("/var/run/docker.sock".into())));
        assert_eq!(parse_words(&["--socket", "/s"]), Ok(RequestedAction::Serve("/s".into())));
        for bad in [&["--socket"][..], &["x"], &["--socket=/s"], &["", "--help"]] {
            assert!(parse_words(bad).is_err(), "{bad:?}");
        }
        assert!(matches!(parse_words(&["--help"]), Ok(RequestedAction::Print(_))));
    }

    #[test]
    fn an_ssh_client_may_request_only_the_gate_command() {
        assert!(check_command(None).is_ok() && check_command(Some(NAME)).is_ok());
        for other in
            ["", "sh", "covibe-docker-gate --socket /x", "covibe-docker-gate;sh", "scp -t ."]
        {
            assert!(check_command(Some(other)).is_err(), "{other}");
        }
    }
}
