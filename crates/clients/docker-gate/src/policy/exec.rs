//! The calls on commands in containers.

use serde::Deserialize;
use serde_json::json;

use super::allowed_call::{
    Action, AnswerHandling, Call, Forward, ParsedRequest, Subject, UNKNOWN, id,
};
use super::request_bodies;
use crate::http::{Method, Refusal};
use crate::resource_names::Marker;

/// The longest argument or variable, in bytes, without its end (Linux's `MAX_ARG_STRLEN`).
const TEXT: usize = (128 << 10) - 1;

/// The maximum number of arguments, and of variables, of a command.
const MANY: usize = 1024;

/// A request to create a command. Members that it lacks (standard input's keys, sizes of a terminal,
/// privileges) are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    attach_stdin: Option<bool>,
    attach_stdout: Option<bool>,
    attach_stderr: Option<bool>,
    tty: Option<bool>,
    privileged: Option<bool>,
    /// Only as `null`.
    console_size: Option<()>,
    /// Only as `null`.
    detach_keys: Option<()>,
    cmd: Vec<String>,
    env: Vec<String>,
    user: Option<String>,
    working_dir: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Start {
    detach: Option<bool>,
    tty: Option<bool>,
    /// Only as `null`.
    console_size: Option<()>,
}

pub(super) fn decide(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, query, body, version } = asked;
    query.expect_empty()?;
    let (subject, action) = match (method, parts) {
        (Method::Get, ["exec", exec, "json"]) => {
            request_bodies::check_empty(body)?;
            (Subject::Exec(id(exec)?), Action::Show)
        }
        (Method::Post, ["exec", exec, "start"]) => {
            let id = id(exec)?;
            let body = Some(start(body)?);
            let target = format!("{version}/exec/{id}/start");
            let forward = Forward::new("POST", target, AnswerHandling::Output);
            (Subject::Exec(id), Action::Forward(Forward { body, ..forward }))
        }
        _ => return Err(UNKNOWN),
    };
    Ok(Call { version: version.to_owned(), subject, action })
}

/// Checks a request to create a command, and returns it built anew with the command's mark.
pub(super) fn create(body: &[u8]) -> Result<(String, Marker), Refusal> {
    let asked: Create = request_bodies::read(body)?;
    let _: (Option<()>, Option<()>) = (asked.console_size, asked.detach_keys);
    if [asked.attach_stdin, asked.tty, asked.privileged].contains(&Some(true)) {
        return Err(Refusal::forbidden(
            "a command can't have standard input, a terminal or privileges",
        ));
    }
    let marker = marker(&asked.env)?;
    if asked.cmd.is_empty() || !are_texts(&asked.cmd) || !asked.env.iter().all(|it| is_variable(it))
    {
        return Err(Refusal::forbidden(
            "an argument or a variable of the command is not acceptable",
        ));
    }
    let mut built = json!({
        "AttachStdin": false,
        "AttachStdout": asked.attach_stdout.unwrap_or_default(),
        "AttachStderr": asked.attach_stderr.unwrap_or_default(),
        "Tty": false,
        "Privileged": false,
        "Cmd": asked.cmd,
        "Env": asked.env,
    });
    if let Some(user) = asked.user.filter(|user| !user.is_empty()) {
        built["User"] = check_text(user, is_user, "the user is not a name or a number")?;
    }
    if let Some(folder) = asked.working_dir.filter(|folder| !folder.is_empty()) {
        built["WorkingDir"] =
            check_text(folder, is_folder, "the working directory is not acceptable")?;
    }
    Ok((built.to_string(), marker))
}

fn check_text(
    text: String,
    is_valid: fn(&str) -> bool,
    message: &'static str,
) -> Result<serde_json::Value, Refusal> {
    if is_valid(&text) { Ok(text.into()) } else { Err(Refusal::forbidden(message)) }
}

/// Returns the only mark in the environment.
fn marker(env: &[String]) -> Result<Marker, Refusal> {
    let is_mark =
        |entry: &&String| entry.split('=').next().is_some_and(|name| name == Marker::VARIABLE);
    let mut marks = env.iter().filter(is_mark);
    match (marks.next().and_then(|entry| Marker::of_entry(entry)), marks.next()) {
        (Some(marker), None) => Ok(marker),
        _ => Err(Refusal::forbidden(
            "a command needs one variable COVIBE_EXEC of 16 to 64 a-z and 0-9",
        )),
    }
}

fn are_texts(texts: &[String]) -> bool {
    texts.len() <= MANY && texts.iter().all(|text| is_text(text))
}

/// Returns whether Linux can hand the text to a program.
fn is_text(text: &str) -> bool {
    text.len() <= TEXT && !text.contains('\0')
}

fn is_variable(entry: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(is_part) && !name.as_bytes()[0].is_ascii_digit()
    };
    is_text(entry) && entry.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Returns whether the text is a user, or a user and a group: names or numbers.
fn is_user(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let is_name = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(is_part) && !name.starts_with('-')
    };
    let (user, group) = text.split_once(':').unwrap_or((text, "x"));
    is_name(user) && is_name(group)
}

/// Returns whether the text is an absolute path outside `/proc`, which has ways out of the
/// container: in runc before 1.1.12, `/proc/self/fd/8` was the host's file system (CVE-2024-21626).
fn is_folder(text: &str) -> bool {
    let mut parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    let is_plain = text.starts_with('/') && text.len() < 4096 && !text.contains('\0');
    is_plain && !text.split('/').any(|part| part == "..") && parts.next() != Some("proc")
}

/// Checks a request to start a command, and returns it built anew.
fn start(body: &[u8]) -> Result<String, Refusal> {
    let asked: Start = request_bodies::read(if body.is_empty() { b"{}" } else { body })?;
    let _: Option<()> = asked.console_size;
    if [asked.detach, asked.tty].contains(&Some(true)) {
        return Err(Refusal::forbidden("a command must run attached and without a terminal"));
    }
    Ok(json!({ "Detach": false, "Tty": false }).to_string())
}
