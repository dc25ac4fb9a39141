//! The log of a deployment as it grows, as server-sent events.
//!
//! Each event has the whole tail, so that a browser that connects again misses nothing. Every read is a call of
//! `deployments.logs` by a person who is still signed in; a session or a membership that ends ends the stream. The
//! audit has the first read, and one that is refused: the entry stands for the ten minutes that a stream lasts at most.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Route};
use covibe_console::pages::resources::deployment::shown_status;
use covibe_dispatch::{Call, Credential, Dispatcher, Proof, Request, Surface};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{Failure, Kind, SessionId};
use covibe_policy::Principal;
use futures_util::{Stream, stream};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::live_resources::LINES;
use super::workspace_and_rights::not_offered;
use crate::app_state::App;
use crate::connection::{self, CredentialKind};
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

/// The number of streams that a session may have.
const MAX_STREAMS: usize = 4;

/// The streams of each session: the one that began last counts, and a stream without its mark ends.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<HashMap<SessionId, Vec<Marked>>>);

/// The deployment that a stream follows, and the stream's mark.
type Marked = (String, Weak<()>);

impl Streams {
    /// Notes a stream, which replaces an earlier one of the same log.
    ///
    /// # Errors
    ///
    /// Limited if the session follows four other logs.
    fn begin(&self, session: &SessionId, uuid: &str) -> Result<Arc<()>, Failure> {
        let mut all = self.0.lock();
        all.retain(|_, streams| {
            streams.retain(|(_, mark)| mark.strong_count() > 0);
            !streams.is_empty()
        });
        let own = all.entry(session.clone()).or_default();
        own.retain(|(each, _)| each != uuid);
        if own.len() >= MAX_STREAMS {
            return Err(Failure::new(Kind::Limited, "Too many logs are followed at once.")
                .hint("Close another page that follows one, then reload this page."));
        }
        let mark = Arc::new(());
        own.push((uuid.to_owned(), Arc::downgrade(&mark)));
        Ok(mark)
    }

    /// Returns whether a stream is still the one of its log.
    fn is_current(&self, session: &SessionId, mark: &Arc<()>) -> bool {
        let all = self.0.lock();
        let own = all.get(session).into_iter().flatten();
        own.into_iter().any(|(_, each)| each.as_ptr() == Arc::as_ptr(mark))
    }
}

/// Returns the route.
pub(super) fn route(app: &App, streams: &Arc<Streams>) -> Route {
    let (app, streams) = (app.clone(), Arc::clone(streams));
    web::get().to(move |request: HttpRequest| {
        let (app, streams) = (app.clone(), Arc::clone(&streams));
        async move {
            let followed = follow(&app, streams, &request).await;
            followed.unwrap_or_else(|why| responses::failure(&why))
        }
    })
}

async fn follow(
    app: &App,
    streams: Arc<Streams>,
    request: &HttpRequest,
) -> Result<HttpResponse, Failure> {
    let (dispatcher, headers) = (Arc::clone(&app.dispatcher), request.headers());
    let token = session_cookie(headers, &origin_of(&app.doors, headers)).unwrap_or_default();
    let token = token.to_owned();
    let signed_in = dispatcher.identity().session(&token, false).await?;
    let session = signed_in.ok_or_else(covibe_identity::signed_out)?.session;
    connection::mark_authenticated(request, CredentialKind::Session);
    let uuid = request.match_info().get("uuid").unwrap_or_default().to_owned();
    let mark = streams.begin(&session, &uuid)?;
    let request = request_intake::identified(request);
    let until = Instant::now() + LIFETIME;
    let watched_by = None;
    let mut follower =
        Follower { dispatcher, streams, request, token, session, uuid, mark, until, watched_by };
    // The first read fails if there is no such log, before the stream begins.
    let first = follower.read_log().await?;
    Ok(event_stream(events(follower, first)))
}

/// A browser that follows a log.
struct Follower {
    dispatcher: Arc<Dispatcher>,
    streams: Arc<Streams>,
    request: Arc<Request>,
    token: String,
    session: SessionId,
    uuid: String,
    mark: Arc<()>,
    until: Instant,
    /// The principal of the previous read.
    watched_by: Option<Principal>,
}

impl Follower {
    /// Reads the log as the person who is signed in now.
    async fn read_log(&mut self) -> Result<Value, Failure> {
        let dispatcher = &self.dispatcher;
        let credential =
            Credential::Session { token: &self.token, slug: None, proof: Proof::Follows };
        let (caller, mut place) = dispatcher.enter(credential, Arc::clone(&self.request)).await?;
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
        Instant::now() >= self.until || self.dispatcher.is_stopping()
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
        tokio::time::sleep(PERIOD).await;
        if follower.is_over() {
            return (String::from(":\n\n"), StreamStep::Ended);
        }
        if !follower.streams.is_current(&follower.session, &follower.mark) {
            let error = json!({ "error": "Followed on another page." });
            return (event("trouble", error), StreamStep::Ended);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str) -> SessionId {
        name.parse().unwrap()
    }

    #[test]
    fn a_second_stream_of_a_log_replaces_the_sessions_first() {
        let (streams, own) = (Streams::default(), session("ses_abcd"));
        let first = streams.begin(&own, "a").unwrap();
        let second = streams.begin(&own, "a").unwrap();
        assert!(!streams.is_current(&own, &first));
        assert!(streams.is_current(&own, &second));
    }

    #[test]
    fn a_session_follows_a_bounded_number_of_logs_at_once() {
        let (streams, own) = (Streams::default(), session("ses_abcd"));
        let held: Vec<_> =
            (0..MAX_STREAMS).map(|n| streams.begin(&own, &n.to_string()).unwrap()).collect();
        assert!(streams.begin(&own, "more").is_err());
        streams.begin(&session("ses_efgh"), "more").unwrap();
        drop(held);
        streams.begin(&own, "more").unwrap();
    }
}
