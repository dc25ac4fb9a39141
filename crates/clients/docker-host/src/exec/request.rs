//! The request for a command, checked before it is sent.

use std::fmt::Write;

use covibe_docker_gate_core::resource_names::Marker;
use serde_json::{Value, json};

use super::command::Exec;
use crate::error::{Error, Result};

/// The maximum number of bytes of the arguments and variables together. Linux allows a single one
/// as many; the gate takes no larger request.
const MOST: usize = 128 << 10;

/// The maximum number of arguments, and of variables.
const MOST_ITEMS: usize = 1024;

/// A request, and the mark that the command's processes have in their environment.
pub(super) struct ExecRequest {
    pub(super) json: Value,
    pub(super) marker: Marker,
}

impl ExecRequest {
    /// Checks a command and draws its mark.
    pub(super) fn from_exec(exec: &Exec) -> Result<Self> {
        check(exec)?;
        let marker = marker()?;
        let env = exec.env.iter().map(|(name, value)| format!("{name}={value}"));
        let env: Vec<_> = env.chain([marker.entry()]).collect();
        let mut json = json!({
            "AttachStdin": false, "AttachStdout": true, "AttachStderr": true, "Tty": false,
            "Cmd": exec.argv, "Env": env,
        });
        if let Some(user) = &exec.user {
            json["User"] = user.as_str().into();
        }
        if let Some(workdir) = &exec.workdir {
            json["WorkingDir"] = workdir.as_str().into();
        }
        Ok(Self { json, marker })
    }
}

fn marker() -> Result<Marker> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Error::Invalid("the system has no random numbers"))?;
    let text = random.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Marker::new(&text).ok_or(Error::Invalid("the command's mark is not valid"))
}

fn check(exec: &Exec) -> Result<()> {
    let Exec { argv, env, user, workdir, .. } = exec;
    let refuse = |reason| Err(Error::Invalid(reason));
    if argv.first().is_none_or(String::is_empty) {
        return refuse("the command names no program");
    }
    if argv.len() > MOST_ITEMS || env.len() > MOST_ITEMS {
        return refuse("a command can have at most 1024 arguments and 1024 variables");
    }
    let values = env.iter().flat_map(|(name, value)| [name, value]);
    let texts: Vec<&String> = argv.iter().chain(values).collect();
    if texts.iter().map(|text| text.len() + 1).sum::<usize>() > MOST {
        return refuse(
            "the arguments and variables of a command can have at most 128 KiB in total",
        );
    }
    if texts.iter().any(|text| text.contains('\0')) {
        return refuse("no argument and no variable can contain a NUL byte");
    }
    if !env.iter().all(|(name, _)| is_variable(name)) {
        return refuse(
            "the name of a variable must consist of letters, digits and _, and must not be COVIBE_EXEC",
        );
    }
    if !user.as_deref().is_none_or(is_user) {
        return refuse("the user must be a name or number, optionally followed by :group");
    }
    if !workdir.as_deref().is_none_or(is_path) {
        return refuse(
            "the working directory must be an absolute path without .. and control characters, and outside /proc",
        );
    }
    Ok(())
}

fn is_variable(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    !name.is_empty()
        && name.bytes().all(allowed)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name != Marker::VARIABLE
}

fn is_user(user: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let is_name = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('-')
    };
    match user.split_once(':') {
        Some((user, group)) => is_name(user) && is_name(group),
        None => is_name(user),
    }
}

/// Returns whether the text is an absolute path that does not lead out of the container: in runc
/// before 1.1.12, `/proc/self/fd/8` was the host's file system (CVE-2024-21626).
fn is_path(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let is_plain = path.starts_with('/') && path.len() < 4096 && !path.contains(char::is_control);
    is_plain && !path.split('/').any(|part| part == "..") && parts.next() != Some("proc")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::*;

    fn exec(argv: &[&str]) -> Exec {
        let argv = argv.iter().map(|&arg| arg.to_owned()).collect();
        let (user, workdir) = (None, None);
        let (timeout, cancel) = (Duration::ZERO, CancellationToken::new());
        Exec { argv, env: vec![], user, workdir, timeout, max_bytes: 0, cancel }
    }

    fn is_refused(exec: &Exec) -> bool {
        matches!(ExecRequest::from_exec(exec), Err(Error::Invalid(_)))
    }

    #[test]
    fn arguments_are_sent_unchanged() {
        let argv = ["sh", "-lc", "echo \"$(id)\" `x` '\n' é --privileged", "", "-u"];
        let body = ExecRequest::from_exec(&exec(&argv)).unwrap();
        assert_eq!(body.json["Cmd"], json!(argv));
        assert_eq!(body.json["Env"], json!([body.marker.entry()]));
        assert_eq!(body.json.get("User").or(body.json.get("WorkingDir")), None);
        assert_ne!(body.marker, ExecRequest::from_exec(&exec(&argv)).unwrap().marker);
    }

    #[test]
    fn missing_nul_and_oversized_arguments_are_refused() {
        assert!(is_refused(&exec(&[])) && is_refused(&exec(&[""])));
        assert!(is_refused(&exec(&["a", "b\0c"])));
        assert!(is_refused(&exec(&["a", &"x".repeat(MOST)])));
        assert!(is_refused(&exec(&vec!["a"; MOST_ITEMS + 1])));
    }

    #[test]
    fn invalid_and_reserved_variable_names_are_refused() {
        for name in ["", "A=B", "A B", "1A", "A\n", "é", "COVIBE_EXEC", "-x"] {
            let env = vec![(name.to_owned(), "value".to_owned())];
            assert!(is_refused(&Exec { env, ..exec(&["a"]) }), "{name}");
        }
        let env = vec![("PGPASSWORD".to_owned(), "a=b \"c\"\n$d".to_owned())];
        let body = ExecRequest::from_exec(&Exec { env, ..exec(&["a"]) }).unwrap();
        assert_eq!(body.json["Env"][0], "PGPASSWORD=a=b \"c\"\n$d");
    }

    #[test]
    fn malformed_users_and_working_directories_are_refused() {
        for user in ["", ":", "root:", ":0", "-root", "a b", "a:b:c", "root\n", "$(id)", "é"] {
            assert!(is_refused(&Exec { user: Some(user.into()), ..exec(&["a"]) }), "{user}");
        }
        for dir in [
            "",
            "tmp",
            "../tmp",
            "/a\0",
            "/a\nb",
            "/proc/self/fd/8",
            "//./proc",
            "/a/..",
            &format!("/{}", "a".repeat(4096)),
        ] {
            assert!(is_refused(&Exec { workdir: Some(dir.into()), ..exec(&["a"]) }), "{dir}");
        }
        let (user, workdir) = (Some("1000:www-data".to_owned()), Some("/srv/a b'$x".to_owned()));
        let body = ExecRequest::from_exec(&Exec { user, workdir, ..exec(&["a"]) }).unwrap();
        assert_eq!(
            (&body.json["User"], &body.json["WorkingDir"]),
            (&json!("1000:www-data"), &json!("/srv/a b'$x"))
        );
    }
}
