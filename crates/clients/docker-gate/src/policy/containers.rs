//! The calls on containers, and the creation of commands in them.

use std::time::Duration;

use super::allowed_call::{
    Action, AnswerHandling, Call, Forward, PATIENCE, ParsedRequest, Subject, UNKNOWN, id,
};
use super::list_filters::Filter;
use super::{exec, request_bodies};
use crate::http::{Method, Query, Refusal, number, query_text};

/// The maximum number of lines of a log at once.
const LINES: u32 = 10_000;

/// The word for all lines of a log, from a moment on or from its beginning.
const ALL: &str = "all";

/// The longest time that a container is given to end by itself, in seconds.
const GRACE: u32 = 600;

/// The longest path in a container, in bytes (Linux's `PATH_MAX`).
const PATH: usize = 4096;

pub(super) fn decide(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, query, body, version } = asked;
    if let (Method::Post, ["containers", container, "exec"]) = (method, parts) {
        query.expect_empty()?;
        let (body, marker) = exec::create(body)?;
        let id = id(container)?;
        let target = format!("{version}/containers/{id}/exec");
        let forward = Forward::new("POST", target, AnswerHandling::Created(marker));
        let action = Action::Forward(Forward { body: Some(body), ..forward });
        return Ok(Call { version: version.to_owned(), subject: Subject::Container(id), action });
    }
    request_bodies::check_empty(body)?;
    let (subject, method, path, asked) = match (method, parts) {
        (Method::Get, ["containers", "json"]) => {
            (Subject::Nothing, "GET", "containers/json".to_owned(), list(query)?)
        }
        (method, ["containers", container]) => {
            let id = id(container)?;
            (
                Subject::ContainerOrProxy(id.clone()),
                "DELETE",
                format!("containers/{id}"),
                delete(method, query)?,
            )
        }
        (Method::Get, ["containers", container, "json"]) => {
            check_read_query(query)?;
            let subject = Subject::Container(id(container)?);
            return Ok(Call { version: version.to_owned(), subject, action: Action::Show });
        }
        (method, ["containers", container, verb]) => {
            let id = id(container)?;
            let (name, asked) = on_one(method, verb, query)?;
            (Subject::Container(id.clone()), name, format!("containers/{id}/{verb}"), asked)
        }
        _ => return Err(UNKNOWN),
    };
    let Asks { query, patience } = asked;
    let forward =
        Forward::new(method, format!("{version}/{path}{query}"), AnswerHandling::Streamed);
    let action = Action::Forward(Forward { patience, ..forward });
    Ok(Call { version: version.to_owned(), subject, action })
}

/// The query of a call as it is forwarded, and the timeout for the engine.
struct Asks {
    query: String,
    patience: Duration,
}

impl Asks {
    fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        let query = if pairs.is_empty() { String::new() } else { query_text(pairs) };
        Self { query, patience: PATIENCE }
    }
}

fn on_one(method: Method, verb: &str, query: Query) -> Result<(&'static str, Asks), Refusal> {
    match (method, verb) {
        (Method::Get, "logs") => Ok(("GET", logs(query)?)),
        (Method::Get, "top") => Ok(("GET", top(query)?)),
        (Method::Get, "archive") => Ok(("GET", archive(query)?)),
        (Method::Post, "stop" | "restart") => Ok(("POST", stop(query)?)),
        (Method::Post, "start") => {
            query.expect_empty()?;
            Ok(("POST", Asks::from_pairs(&[])))
        }
        _ => Err(UNKNOWN),
    }
}

fn list(mut query: Query) -> Result<Asks, Refusal> {
    let all = query.flag("all")?;
    query.require_false("size")?;
    let filter = Filter::read(query.text("filters"))?;
    query.expect_empty()?;
    Ok(Asks::from_pairs(&[("all", bool_text(all)), ("filters", &filter.text())]))
}

fn check_read_query(mut query: Query) -> Result<(), Refusal> {
    query.require_false("size")?;
    query.expect_empty()
}

fn logs(mut query: Query) -> Result<Asks, Refusal> {
    query.require_false("follow")?;
    let streams = [query.flag("stdout")?, query.flag("stderr")?];
    let timestamps = query.flag("timestamps")?;
    let lines = lines(&mut query)?;
    let (since, until) = (moment(query.text("since"))?, moment(query.text("until"))?);
    query.expect_empty()?;
    Ok(Asks::from_pairs(&[
        ("stdout", bool_text(streams[0])),
        ("stderr", bool_text(streams[1])),
        ("timestamps", bool_text(timestamps)),
        ("tail", &lines),
        ("since", &since),
        ("until", &until),
    ]))
}

/// Reads the number of lines. All of them are passed on as they come, as far as the client reads.
fn lines(query: &mut Query) -> Result<String, Refusal> {
    match query.text("tail").as_deref() {
        None => Err(Refusal::forbidden("the number of lines (tail) is missing")),
        Some(ALL) => Ok(ALL.to_owned()),
        Some(text) => Ok(number(text, LINES)?.to_string()),
    }
}

/// Reads a moment in seconds since 1970, with a fraction if there is one. 0 means none.
pub(super) fn moment(text: Option<String>) -> Result<String, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok("0".to_owned()) };
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_number = |digits: &str, most: usize| {
        (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let is_moment = is_number(seconds, 12) && is_number(fraction, 9);
    if is_moment { Ok(text) } else { Err(Refusal::forbidden("a time must be in seconds")) }
}

/// The columns are the engine's: any other argument would reach the host's `ps`.
fn top(mut query: Query) -> Result<Asks, Refusal> {
    let columns = query.text("ps_args");
    query.expect_empty()?;
    match columns.as_deref() {
        None | Some("" | "-ef") => Ok(Asks::from_pairs(&[])),
        Some(_) => Err(Refusal::forbidden("the columns of top can't be chosen")),
    }
}

fn archive(mut query: Query) -> Result<Asks, Refusal> {
    let path = query.text("path");
    query.expect_empty()?;
    let path = path.filter(|path| path.starts_with('/') && path.len() <= PATH);
    let path =
        path.ok_or(Refusal::forbidden("the path must be absolute and have at most 4096 bytes"))?;
    Ok(Asks::from_pairs(&[("path", &path)]))
}

fn stop(mut query: Query) -> Result<Asks, Refusal> {
    let grace = query.number("t", GRACE)?;
    query.expect_empty()?;
    // Without it, a container's own time counts, which has no bound.
    let grace = grace.unwrap_or(10);
    let patience = PATIENCE + Duration::from_secs(u64::from(grace));
    Ok(Asks { patience, ..Asks::from_pairs(&[("t", &grace.to_string())]) })
}

fn delete(method: Method, mut query: Query) -> Result<Asks, Refusal> {
    if method != Method::Delete {
        return Err(UNKNOWN);
    }
    let (volumes, force) = (query.flag("v")?, query.flag("force")?);
    query.require_false("link")?;
    query.expect_empty()?;
    Ok(Asks::from_pairs(&[("v", bool_text(volumes)), ("force", bool_text(force))]))
}

pub(super) fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
