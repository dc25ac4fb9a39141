//! The answer to a call as server-sent events, for clients that want to hear of a long call before it ends.
//!
//! | event | its data |
//! |---|---|
//! | `progress` | what the call waits for, or how much of it is done |
//! | `part` | a part of the answer; its id is the position after it |
//! | `result` | the answer, or the rest of it; the last event |
//! | `error` | the failure, as the answer without a stream has it; the last event |

use std::sync::Arc;

use actix_web::http::header::{ACCEPT, HeaderName};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use covibe_dispatch::{Call, Dispatcher, Progress, ProgressUpdate};
use covibe_domain::Failure;
use covibe_operation::{JsonAnswer, Parts, Spec};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, Stream, stream};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::Receiver;

use crate::responses::{event, event_stream};

/// The header by which a client that lost the stream names the last event that it has.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Returns whether the answer is a stream: the call may take long, and the client names this type of answer first.
/// Others that accept it, as generated clients and those of MCP do, get JSON.
pub(super) fn is_wanted(request: &HttpRequest, spec: &Spec) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let first = accept.and_then(|accept| accept.split([',', ';']).next());
    let is_stream = |first: &str| first.trim().eq_ignore_ascii_case("text/event-stream");
    spec.may_take_long() && spec.document.is_none() && first.is_some_and(is_stream)
}

/// Lets a client that lost a stream and repeats its request read on after the last event that it has.
pub(super) fn resume(request: &HttpRequest, spec: &Spec, params: &mut Map<String, Value>) {
    let last = request.headers().get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let (Some(Parts { position, replaces }), Some(last)) = (spec.parts, last) else { return };
    for name in replaces {
        params.remove(*name);
    }
    params.insert(position.to_owned(), Value::from(last));
}

/// Runs a call, and returns its answer as a stream.
///
/// # Errors
///
/// Those of the call, if it fails before it reports anything.
pub(super) async fn respond(
    dispatcher: &Arc<Dispatcher>,
    mut call: Call,
) -> Result<HttpResponse, Failure> {
    let position = call.tool.spec.parts.map(|parts| parts.position);
    let (progress, updates, parts) = Progress::channel_with_parts();
    call.progress = Some(progress);
    let dispatcher = Arc::clone(dispatcher);
    let run = async move { dispatcher.call(call).await }.boxed_local();
    let mut running = RunningCall { run: Some(run), updates, parts, result: None };
    let first = match running.next().await {
        Some(CallEvent::Ended(Err(failure))) => return Err(failure),
        first => first,
    };
    Ok(event_stream(events(running, first, position)))
}

/// A call whose client hears of it before it ends.
struct RunningCall {
    /// `None` once it has ended.
    run: Option<LocalBoxFuture<'static, Result<JsonAnswer, Failure>>>,
    updates: Receiver<ProgressUpdate>,
    parts: Receiver<JsonAnswer>,
    /// The result, until it is reported.
    result: Option<Result<JsonAnswer, Failure>>,
}

enum CallEvent {
    Progress(ProgressUpdate),
    Part(JsonAnswer),
    Ended(Result<JsonAnswer, Failure>),
}

impl RunningCall {
    /// Returns the next event; `None` after the end.
    async fn next(&mut self) -> Option<CallEvent> {
        if let Some(run) = &mut self.run {
            tokio::select! {
                biased;
                Some(part) = self.parts.recv() => return Some(CallEvent::Part(part)),
                Some(update) = self.updates.recv() => return Some(CallEvent::Progress(update)),
                result = run => (self.run, self.result) = (None, Some(result)),
            }
        }
        // The call may have handed over a part just before it ended.
        if let Ok(part) = self.parts.try_recv() {
            return Some(CallEvent::Part(part));
        }
        self.result.take().map(CallEvent::Ended)
    }
}

/// Returns the events of a call, whose first one has come.
fn events(
    running: RunningCall,
    first: Option<CallEvent>,
    position: Option<&'static str>,
) -> impl Stream<Item = Result<Bytes, Failure>> {
    stream::unfold((running, first), move |(mut running, waiting)| async move {
        let next = match waiting {
            Some(first) => first,
            None => running.next().await?,
        };
        Some((Ok(Bytes::from(text(next, position))), (running, None)))
    })
}

/// Returns the text of an event. Its id is the value of the answer's member with this name.
fn text(next: CallEvent, position: Option<&str>) -> String {
    match next {
        CallEvent::Progress(ProgressUpdate { done, total, message }) => {
            event("progress", json!({ "done": done, "total": total, "message": message }))
        }
        CallEvent::Part(part) => identified("part", &part, position),
        CallEvent::Ended(Ok(answer)) => identified("result", &answer, position),
        CallEvent::Ended(Err(failure)) => event("error", failure.body()),
    }
}

/// Returns an event with an answer.
fn identified(name: &str, answer: &JsonAnswer, position: Option<&str>) -> String {
    let id = position.and_then(|name| Some(answer.value()[name].as_str()?.to_owned()));
    let id = id.filter(|id| !id.contains(char::is_control));
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    id + &event(name, answer.text())
}
