//! A job's status and output as they come: server-sent events.
//!
//! The id of an event is the status that was sent last and the offset after the output that was sent last, so that a
//! client which comes back with it in `Last-Event-ID` misses nothing, also after a restart of the runner. A part of
//! the output that is no longer kept is reported by an event of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderName, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use covibe_agent_servers::agent::runner_api_types::JobStatus;
use covibe_domain::{Failure, Kind};
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::answer;
use crate::output_log::{Layout, Stored};
use crate::runner::{LiveJob, Runner};

/// The maximum number of streams at once.
const MAX_STREAMS: usize = 64;

/// The pause between two looks at a running agent's output.
const LOOK: Duration = Duration::from_millis(200);

/// The longest silence, so that nobody in between ends the connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// The maximum output of an event, in bytes.
const CHUNK: u64 = 16 * 1024;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The streams that are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams(Arc<AtomicUsize>);

/// The place of a stream among those that are open.
struct StreamSlot(Streams);

impl Streams {
    fn enter(&self) -> Option<StreamSlot> {
        let place = StreamSlot(self.clone());
        (self.0.fetch_add(1, Ordering::Relaxed) < MAX_STREAMS).then_some(place)
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        (self.0.0).fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers with the events of a job.
pub(super) async fn follow(
    runner: Data<Runner>,
    streams: Data<Streams>,
    id: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let begun = runner.job(&id).and_then(|job| Following::new(job, &request, &streams));
    match begun {
        // A client that reconnects whenever a stream ends is told so to leave it.
        Ok(following) if following.has_all() => HttpResponse::NoContent().finish(),
        Ok(following) => HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .streaming(following.events()),
        Err(failure) => answer::failure(&failure),
    }
}

/// The point up to which a client has the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Point {
    status: Option<JobStatus>,
    offset: u64,
}

impl Point {
    fn id(&self) -> String {
        format!("{}.{}", self.status.map_or("none", JobStatus::as_str), self.offset)
    }

    fn parse(id: &str) -> Option<Self> {
        let (status, offset) = id.split_once('.')?;
        let status = match status {
            "none" => None,
            word => Some(serde_json::from_value(Value::from(word)).ok()?),
        };
        Some(Self { status, offset: offset.parse().ok()? })
    }
}

/// A client that follows a job.
struct Following {
    job: Arc<LiveJob>,
    changes: watch::Receiver<JobStatus>,
    point: Point,
    waiting: VecDeque<Bytes>,
    is_over: bool,
    _place: StreamSlot,
}

impl Following {
    fn new(job: Arc<LiveJob>, request: &HttpRequest, streams: &Streams) -> Result<Self, Failure> {
        let point = match request.headers().get(LAST_EVENT_ID) {
            None => Point::default(),
            Some(id) => id.to_str().ok().and_then(Point::parse).ok_or_else(|| {
                Failure::invalid("Last-Event-ID is not the id of an event of this job.")
                    .hint("Leave it out to get everything that is kept.")
            })?,
        };
        let place = streams.enter().ok_or_else(|| {
            Failure::new(Kind::Limited, "Too many clients follow jobs.")
                .retry_after(Duration::from_secs(10))
        })?;
        let (changes, waiting) = (job.changes(), VecDeque::new());
        Ok(Self { job, changes, point, waiting, is_over: false, _place: place })
    }

    /// Returns whether the client has the end of the job.
    fn has_all(&self) -> bool {
        let status = self.job.status();
        status.has_ended() && self.point.status == Some(status)
    }

    fn events(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::unfold(self, |mut following| async {
            let next = following.next().await?;
            Some((Ok(next), following))
        })
    }

    /// Returns the next event; none once the client has all of a job that has ended.
    async fn next(&mut self) -> Option<Bytes> {
        let begun = Instant::now();
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            // The status first: what was printed before the end is there by then.
            let status = *self.changes.borrow_and_update();
            self.gather(status);
            if self.waiting.is_empty() && begun.elapsed() >= SIGN_OF_LIFE {
                return Some(Bytes::from_static(b": still here\n\n"));
            }
            if self.waiting.is_empty() {
                tokio::select! {
                    _ = self.changes.changed() => {}
                    () = sleep(LOOK) => {}
                }
            }
        }
    }

    /// Puts what is new into events.
    fn gather(&mut self, status: JobStatus) {
        if !status.has_ended() && self.point.status != Some(status) {
            self.tell_status(status);
        }
        if self.tell_output(status.has_ended()) || !status.has_ended() {
            return;
        }
        // An end comes after all output, even to a client that had it.
        self.tell_status(status);
        self.is_over = true;
    }

    fn tell_status(&mut self, status: JobStatus) {
        self.point.status = Some(status);
        let data = serde_json::to_value(self.job.brief()).unwrap_or_default();
        self.push_event("status", &data);
    }

    /// Returns whether there was something new.
    fn tell_output(&mut self, has_ended: bool) -> bool {
        let stored = Stored::open(&self.job.folder.output(), Layout::USUAL);
        let Ok(chunk) = stored.read(self.point.offset, CHUNK) else { return false };
        let is_last = has_ended && chunk.end_offset() >= stored.total();
        let whole = if is_last { chunk.bytes.len() } else { whole_characters(&chunk.bytes) };
        if whole == 0 {
            return false;
        }
        if chunk.offset > self.point.offset {
            let omitted = chunk.offset - self.point.offset;
            self.point.offset = chunk.offset;
            self.push_event("gap", &json!({ "omitted": omitted }));
        }
        let text = String::from_utf8_lossy(&chunk.bytes[..whole]);
        self.point.offset = chunk.offset + whole as u64;
        self.push_event("output", &json!({ "offset": chunk.offset, "text": text }));
        true
    }

    fn push_event(&mut self, name: &str, data: &Value) {
        // JSON has no line breaks, so one line of data is enough.
        let event = format!("id: {}\nevent: {name}\ndata: {data}\n\n", self.point.id());
        self.waiting.push_back(event.into());
    }
}

/// Returns the length without the beginning of a character at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    match str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_contains_status_and_offset() {
        let point = Point { status: Some(JobStatus::TimedOut), offset: 7 };
        assert_eq!(
            (point.id().as_str(), Point::parse("timed_out.7")),
            ("timed_out.7", Some(point))
        );
        assert_eq!(Point::parse(&Point::default().id()), Some(Point::default()));
        for bad in ["", "7", "running", "running.", "running.-1", "other.1"] {
            assert_eq!(Point::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_utf8_character_is_not_split() {
        let text = "aé".as_bytes();
        assert_eq!(whole_characters(text), 3);
        assert_eq!(whole_characters(&text[..2]), 1);
        assert_eq!(
            whole_characters(b"a\xff\xffb"),
            4,
            "what never becomes a character is no reason to wait"
        );
    }
}
