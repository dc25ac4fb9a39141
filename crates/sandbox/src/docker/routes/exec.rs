//! `/exec`, and executing something in a container.

use serde::Deserialize;
use tokio::sync::mpsc;

use super::super::answer_json;
use super::super::errors;
use super::super::model::{Config, Engine, Phase, Stage};
use super::super::output_frames::frame;
use super::super::programs::Stream;
use super::super::shell;
use super::containers;
use super::logs::media_type;
use super::query_and_version::{Version, created_reply};
use crate::core::request_types::{Body, Reply, ReplyResult, Request, Streamed};

/// The body of a start.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Start {
    detach: bool,
    tty: bool,
}

fn body<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, Reply> {
    if request.body.is_empty() {
        return Err(errors::message(400, "got EOF while reading request body"));
    }
    serde_json::from_slice(&request.body).map_err(|_| errors::no_json(&request.body))
}

/// `POST /containers/{id}/exec`.
pub(super) fn create(engine: &mut Engine, request: &Request, id: &str) -> ReplyResult {
    let config: Config = body(request)?;
    if config.cmd.is_empty() {
        return Err(errors::message(400, "No exec command specified"));
    }
    let one = engine.container(id)?;
    containers::check_running(one)?;
    let id = one.id.clone();
    if one.phase() == Phase::Paused {
        let text = format!("Container {id} is paused, unpause the container before exec");
        return Err(errors::message(409, &text));
    }
    Ok(created_reply(&engine.add_exec(&id, config).id))
}

/// `POST /exec/{id}/start`: the connection is for the output from here on, unless it is detached.
///
/// A second start is reported in the stream; a container that stopped meanwhile, by a 409.
pub(super) fn start(
    engine: &mut Engine,
    request: &Request,
    id: &str,
    version: Version,
) -> ReplyResult {
    let asked: Start = body(request)?;
    let exec = engine.exec(id)?;
    let one = engine.container(&exec.container)?;
    containers::check_running(one)?;
    let again = match exec.stage() {
        Stage::Created => None,
        Stage::Running => Some("is already running"),
        Stage::Ended(_) | Stage::Refused(_) => Some("has already run"),
    };
    if let Some(again) = again {
        let text = format!("Error: Exec command {id} {again}");
        return if asked.detach {
            Err(errors::message(409, &text))
        } else {
            Ok(failure_in_stream(&text, version))
        };
    }
    let script = shell::start(one, &exec.config);
    if asked.detach {
        let (code, is_started) = (script.code, script.is_started);
        drop(exec.start(script));
        let refused =
            || errors::message(if code == 127 { 404 } else { 400 }, "OCI runtime exec failed");
        return if is_started { Ok(Reply::empty(200)) } else { Err(refused()) };
    }
    let is_framed = !(asked.tty || exec.config.tty);
    let media_type = if is_framed { media_type(version) } else { media_type((1, 41)) };
    let body =
        Body::Streamed(Streamed { media_type, chunks: exec.start(script), takes_over: true });
    Ok(Reply { status: 200, headers: Vec::new(), body })
}

/// Returns a failure as the engine reports it once the connection is taken over.
fn failure_in_stream(text: &str, version: Version) -> Reply {
    let (output, chunks) = mpsc::channel(1);
    // There is room for one part.
    let _ = output.try_send(frame(Stream::Stdout, format!("{text}\r\n").as_bytes()).into());
    let media_type = media_type(version);
    let body = Body::Streamed(Streamed { media_type, chunks, takes_over: true });
    Reply { status: 200, headers: Vec::new(), body }
}

/// `GET /exec/{id}/json`.
pub(super) fn inspect(engine: &Engine, id: &str) -> ReplyResult {
    Ok(Reply::json(200, answer_json::exec::show(&*engine.exec(id)?)))
}
