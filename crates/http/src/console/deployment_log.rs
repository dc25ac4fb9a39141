//! The log of a deployment as it grows, as server-sent events.
//!
//! Each event has the whole tail, so that a browser that connects again misses nothing. Every read is a call of
//! `deployments.logs` by a person who is still signed in; a session or a membership that ends ends the stream. The
//! audit has the first read, and one that is refused: the entry stands for the ten minutes that a stream lasts at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Route};
use covibe_console::pages::resources::deployment::shown_status;
use covibe_dispatch::{
    Call, Caller, Credential, Dispatcher, Proof, Request, RequestPermit, Surface,
};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{Failure, Kind};
use covibe_policy::Principal;
use futures_util::{Stream, stream};
use serde_json::{Value, json};

use super::live_resources::LINES;
use super::log_streams::{EarlyEnd, LogStream, LogStreams};
use super::workspace_and_rights::not_offered;
use crate::app_state::App;
use crate::connection;
use crate::host_and_origin_check::origin_of;
use crate::people::session_cookie;
use crate::responses::{event, event_stream};
use crate::{request_intake, responses};

/// The interval at which the log is read.
const PERIOD: Duration = Duration::from_secs(2);

/// The number of reads without news after which a comment shows that the connection is alive.
const SILENCE: u32 = 5;

/// The duration of a stream. The browser then connects again by itself.
const LIFETIME: Duration = Duration::from_mins(10);

/// The number of reads in a row that are refused because the person makes too many calls, after which a stream ends.
const MAX_REFUSED: u32 = 5;

/// Returns the route.
pub(super) fn route(app: &App, streams: &LogStreams) -> Route {
    let (app, streams) = (app.clone(), streams.clone());
    web::get().to(move |request: HttpRequest| {
        let (app, streams) = (app.clone(), streams.clone());
        async move {
            let followed = follow(&app, &streams, &request).await;
            followed.unwrap_or_else(|why| responses::failure(&why))
        }
    })
}

async fn follow(
    app: &App,
    streams: &LogStreams,
    request: &HttpRequest,
) -> Result<HttpResponse, Failure> {
    let (dispatcher, headers) = (Arc::clone(&app.dispatcher), request.headers());
    let token = session_cookie(headers, &origin_of(&app.doors, headers)).unwrap_or_default();
    let token = token.to_owned();
    let credential = Credential::Session { token: &token, slug: None, proof: Proof::Reads };
    let (caller, place) = request_intake::enter(&dispatcher, request, credential).await?;
    // The place of a browser that leaves the page is free at once: a read changes nothing.
    connection::end_with_client(request);
    let uuid = request.match_info().get("uuid").unwrap_or_default().to_owned();
    let stream = streams.begin(&caller.principal, &uuid)?;
    let request = request_intake::identified(request);
    let until = Instant::now() + LIFETIME;
    let (refused, watched_by) = (0, None);
    let mut follower =
        Follower { dispatcher, stream, request, token, uuid, until, refused, watched_by };
    // The first read fails if there is no such log, before the stream begins.
    let first = follower.read_as(caller, place).await?;
    Ok(event_stream(events(follower, first)))
}

/// A browser that follows a log.
struct Follower {
    dispatcher: Arc<Dispatcher>,
    stream: LogStream,
    request: Arc<Request>,
    token: String,
    uuid: String,
    until: Instant,
    /// The number of reads that were refused since the last one that was not, because the person makes too many calls.
    refused: u32,
    /// The principal of the previous read.
    watched_by: Option<Principal>,
}

impl Follower {
    /// Reads the log as the person who is signed in now.
    async fn read_log(&mut self) -> Result<Value, Failure> {
        let credential =
            Credential::Session { token: &self.token, slug: None, proof: Proof::Follows };
        let entered = self.dispatcher.enter(credential, Arc::clone(&self.request)).await;
        let is_refused = entered.as_ref().is_err_and(|failure| failure.kind == Kind::Limited);
        self.refused = if is_refused { self.refused + 1 } else { 0 };
        let (caller, place) = entered?;
        self.read_as(caller, place).await
    }

    /// Reads the log as this caller.
    async fn read_as(
        &mut self,
        caller: Caller,
        mut place: RequestPermit,
    ) -> Result<Value, Failure> {
        let dispatcher = &self.dispatcher;
        dispatcher.begin(&caller, &mut place).await?;
        let tool = dispatcher.registry().find("deployments.logs").cloned();
        let tool = tool.ok_or_else(not_offered)?;
        let params = json!({ "uuid": self.uuid, "lines": LINES });
        let (surface, place) = (Surface::Console, Some(Arc::new(place)));
        let now = caller.principal.clone();
        let call = Call { caller, tool, params, surface, slug: None, progress: None, place };
        let seen = match &self.watched_by {
            Some(first) => dispatcher.watch(call, first).await?,
            None => dispatcher.call(call).await?,
        };
        self.watched_by = Some(now);
        Ok(seen.value())
    }

    fn is_over(&self) -> bool {
        let is_refused = self.refused >= MAX_REFUSED;
        is_refused || Instant::now() >= self.until || self.dispatcher.is_stopping()
    }
}

/// The next step of a stream.
enum StreamStep {
    /// It sends the log that was read.
    Tell(Follower, Value),
    /// It waits for a log that differs from this one.
    Wait(Follower, Value),
    /// It has ended.
    Ended,
}

fn events(follower: Follower, first: Value) -> impl Stream<Item = Result<Bytes, Failure>> {
    stream::unfold(StreamStep::Tell(follower, first), |next| async move {
        let (text, next) = match next {
            StreamStep::Tell(follower, seen) => log_event(follower, seen),
            StreamStep::Wait(follower, seen) => wait_for_change(follower, seen).await,
            StreamStep::Ended => return None,
        };
        Some((Ok(Bytes::from(text)), next))
    })
}

fn log_event(follower: Follower, seen: Value) -> (String, StreamStep) {
    let status = seen["status"].as_str().and_then(DeploymentStatus::from_word);
    let (words, tone) = status.map(shown_status).unzip();
    let state = json!({ "status": words, "tone": tone });
    let log = event("log", json!({ "logs": seen["logs"], "state": state }));
    if status.is_some_and(DeploymentStatus::is_open) {
        return (log, StreamStep::Wait(follower, seen));
    }
    (log + &event("end", state), StreamStep::Ended)
}

/// Waits until the log is another one, the stream is over, or it was silent for long.
async fn wait_for_change(mut follower: Follower, seen: Value) -> (String, StreamStep) {
    for _ in 0..SILENCE {
        let is_over = match follower.stream.wait(PERIOD).await {
            Some(EarlyEnd::Replaced) => {
                let error = json!({ "error": "Followed on another page." });
                return (event("trouble", error), StreamStep::Ended);
            }
            // The browser connects again.
            Some(EarlyEnd::GaveWay) => true,
            None => follower.is_over(),
        };
        if is_over {
            return (":\n\n".to_owned(), StreamStep::Ended);
        }
        match follower.read_log().await {
            Ok(log) if log["logs"] != seen["logs"] || log["status"] != seen["status"] => {
                return log_event(follower, log);
            }
            Ok(_) => {}
            Err(failure) if failure.is_retryable() => {}
            // The browser connects again with the token that it has now; without one, it learns that it is signed out.
            Err(failure) if failure.kind == Kind::Unauthenticated => {
                return (":\n\n".to_owned(), StreamStep::Ended);
            }
            Err(failure) => {
                return (event("trouble", json!({ "error": failure.message })), StreamStep::Ended);
            }
        }
    }
    (":\n\n".to_owned(), StreamStep::Wait(follower, seen))
}
