//! Variables that a build may get, sourced by a real bash: they run nothing, and change nothing of the environment of
//! programs.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use covibe_policy::{app_variable, build_variable, quoted_variable};
use proptest::prelude::*;

/// The file that a value creates if bash runs it.
const TRACE: &str = "hit";

/// A variable, and whether Coolify writes its value literally.
type Variable = (String, String, bool);

/// Returns a file of variables as Coolify writes it for a build (4.3.11,
/// `generate_buildtime_environment_variables`).
fn file(variables: &[Variable]) -> String {
    let mut file = String::new();
    for (key, value, as_is) in variables {
        let value = value.trim();
        let quoted = if *as_is {
            quote_single(value.trim_matches('\''))
        } else {
            quote_double(&escape_env(value))
        };
        writeln!(file, "{key}={quoted}").unwrap();
    }
    file
}

/// `escapeEnvVariables`, which leaves JSON as it is.
fn escape_env(value: &str) -> String {
    let is_json = value.starts_with(['{', '[']);
    if is_json && serde_json::from_str::<serde_json::Value>(value).is_ok() {
        return value.to_owned();
    }
    let mut escaped = value.replace('\\', "\\\\");
    for (character, written) in [("\r", "\\r"), ("\t", "\\t"), ("\"", "\\\""), ("'", "\\'")] {
        escaped = escaped.replace(character, written);
    }
    escaped
}

/// `escapeBashEnvValue`.
fn quote_single(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// `escapeBashDoubleQuoted`.
fn quote_double(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
    let mut pieces = escaped.split('$');
    let mut written = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_kept = piece.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{".contains(c));
        written += if is_kept { "$" } else { "\\$" };
        written += piece;
    }
    format!("\"{written}\"")
}

/// Creates a directory like a repository's, with its own `docker` and a startup file for bash.
fn checkout() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("build-{}-{number}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("bin")).unwrap();
    for program in ["docker", "bin/docker"] {
        fs::write(folder.join(program), format!("#!/bin/sh\ntouch {TRACE}\n")).unwrap();
    }
    fs::write(folder.join("rc"), format!("touch {TRACE}\n")).unwrap();
    folder
}

/// Returns the environment and the options of bash after it sourced the file as Coolify does, or nothing
/// if that failed.
fn source_file(folder: &Path, file: &str) -> Option<String> {
    let state = "declare -p $(compgen -e | grep -vE '^([A-D]|_)$') IFS PS4; \
                   set -o; shopt; trap; declare -F; bash -c :";
    fs::write(folder.join("build-time.env"), file).unwrap();
    let script = format!(
        "chmod +x docker bin/docker; set -a && source ./build-time.env && set +a && {{ {state}; }}"
    );
    let run = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", &script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap();
    run.status.success().then(|| String::from_utf8_lossy(&run.stdout).into_owned())
}

fn is_hit(folder: &Path) -> bool {
    fs::exists(folder.join(TRACE)).unwrap()
}

/// Returns whether the build would get the variable.
fn passes((key, value, as_is): &Variable) -> bool {
    app_variable(key, value).is_ok()
        && (!as_is || quoted_variable(key, value).is_ok())
        && build_variable(key, value, *as_is)
}

/// Names on which a program acts.
const NAMES: &str = "PATH HOME IFS BASH_ENV ENV PS4 RANDOM SECONDS OPTIND HISTFILE HISTFILESIZE UID \
                     POSIXLY_CORRECT SHELLOPTS LD_PRELOAD DOCKER_HOST DOCKER_CONFIG COMPOSE_FILE \
                     GIT_DIR PROMPT_COMMAND TMPDIR SHELL USER";

fn key() -> impl Strategy<Value = String> {
    let names: Vec<_> = NAMES.split(' ').map(str::to_owned).collect();
    prop_oneof![3 => "[A-D]", 1 => prop::sample::select(names)]
}

/// Pieces of values that bash expands or runs, and pieces that join them.
const PIECES: &[&str] = &[
    "$(touch hit)",
    "`touch hit`",
    "a[$(touch hit)]",
    "${A@P}",
    "${B@P}",
    "${A[B]}",
    "${A[0]}",
    "${C:A}",
    "${!A}",
    "${A:-$(touch hit)}",
    "${A:=x}",
    "${A/x/`touch hit`}",
    "$[A]",
    "$((A))",
    "$A",
    "${B}",
    "$C",
    "$",
    "$$",
    "$1",
    "{",
    "}",
    "\\",
    "\"",
    "'",
    "`",
    "\n",
    "\r",
    "\t",
    " ",
    ";touch hit;",
    "&& touch hit #",
    "|touch hit",
    "bin:",
    ".",
    "rc",
    "1",
    "x",
    "é",
    "!!",
    "*",
    "~",
    "#",
    "=",
    "()",
    "{\"a\": \"$(touch hit)\"}",
    "\nPATH=bin:$PATH\n",
    "\ntouch hit\n",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(PIECES), 0..5)
            .prop_map(|pieces| pieces.concat()),
        1 => "[ -~\n]{0,24}",
    ]
}

fn variable() -> impl Strategy<Value = Variable> {
    (key(), value(), any::<bool>()).prop_map(|(key, value, literal)| {
        // Several lines are always written literally.
        let as_is = literal || value.contains(['\n', '\r']);
        (key, value, as_is)
    })
}

proptest! {
    #[test]
    fn accepted_build_variables_run_no_commands_in_bash(variables in prop::collection::vec(variable(), 1..6)) {
        let folder = checkout();
        let before = source_file(&folder, "");
        let passing: Vec<_> = variables.into_iter().filter(passes).collect();
        let after = source_file(&folder, &file(&passing));
        let acted = is_hit(&folder);
        fs::remove_dir_all(&folder).unwrap();
        prop_assert!(!acted, "{passing:?}");
        prop_assert!(before.is_some() && before == after, "{passing:?}: {after:?}");
    }
}

/// Rejected variables do have an effect, so that the test above can fail.
#[test]
fn rejected_build_variables_do_run_commands_in_bash() {
    let own = |key: &str, value: &str, as_is| (key.to_owned(), value.to_owned(), as_is);
    for variables in [
        vec![own("A", "$(touch hit)", true), own("B", "${A@P}", false)],
        vec![own("A", "a[$(touch hit)]", true), own("B", "x", true), own("C", "${B:A}", false)],
        vec![own("RANDOM", "a[$(touch hit)]", true)],
        vec![own("BASH_ENV", "./rc", false)],
    ] {
        let folder = checkout();
        source_file(&folder, &file(&variables));
        let acted = is_hit(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert!(acted, "{variables:?}");
        assert!(!variables.iter().all(passes), "{variables:?}");
    }
    let folder = checkout();
    let path = [own("PATH", "bin:$PATH", false)];
    assert_ne!(source_file(&folder, ""), source_file(&folder, &file(&path)));
    fs::remove_dir_all(&folder).unwrap();
    assert!(!path.iter().all(passes));
}

#[test]
fn rejects_every_variable_of_bash() {
    let folder = checkout();
    let listed = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", "compgen -v"])
        .current_dir(&folder)
        .env_clear()
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let own: Vec<_> = listed.lines().filter(|name| !["_", "TERM"].contains(name)).collect();
    assert!(own.contains(&"RANDOM") && own.len() > 30, "{own:?}");
    for name in own {
        assert!(!build_variable(name, "x", true), "{name}");
    }
}
