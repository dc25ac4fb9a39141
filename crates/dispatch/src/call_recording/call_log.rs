//! Follows a call from its beginning to its end: counts it, and logs a line.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use covibe_domain::Kind;
use covibe_identity::Caller;
use tracing::Level;
use tracing::field::display;

use super::call_counts::{CallCounts, Outcome, UNKNOWN};
use crate::call::Call;
use crate::request_origin::Request;

/// A call that has begun. When it ends, also because its client disconnected or because of a panic, it is counted and
/// logged.
#[derive(Debug)]
pub(crate) struct FollowedCall<'a> {
    counts: &'a CallCounts,
    begun: Instant,
    tool: &'static str,
    line: Option<LogLine>,
    outcome: Option<Outcome>,
}

impl<'a> FollowedCall<'a> {
    /// Follows a call from now on.
    pub(crate) fn begin(counts: &'a CallCounts, call: &Call) -> Self {
        let request = call.place.as_ref().and_then(|place| place.request());
        Self::begin_named(counts, call.tool.spec.name, &call.caller, request)
    }

    /// Follows a call of an unknown tool. Its name is not kept, because it may be any text.
    pub(crate) fn begin_unknown(
        counts: &'a CallCounts,
        caller: &Caller,
        request: Option<&Arc<Request>>,
    ) -> Self {
        Self::begin_named(counts, UNKNOWN, caller, request)
    }

    fn begin_named(
        counts: &'a CallCounts,
        tool: &'static str,
        caller: &Caller,
        request: Option<&Arc<Request>>,
    ) -> Self {
        let line = LogLine::begin(caller, request);
        Self { counts, begun: Instant::now(), tool, line, outcome: None }
    }

    /// Ends with this outcome.
    pub(crate) fn end_with(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for FollowedCall<'_> {
    fn drop(&mut self) {
        let left = || {
            let panics = thread::panicking();
            if panics { Outcome::Failed(Kind::Unready) } else { Outcome::Abandoned }
        };
        let (outcome, time) = (self.outcome.unwrap_or_else(left), self.begun.elapsed());
        self.counts.add(self.tool, outcome, time);
        if let Some(line) = self.line.take() {
            line.log_end(self.tool, outcome, time);
        }
    }
}

/// The fields of a call's log line, besides the tool and the outcome.
#[derive(Debug)]
struct LogLine {
    workspace: String,
    actor: String,
    request: Option<Arc<Request>>,
}

impl LogLine {
    /// Begins the line of a call, if such lines are logged.
    fn begin(caller: &Caller, request: Option<&Arc<Request>>) -> Option<Self> {
        if !tracing::enabled!(target: "covibe::call", Level::INFO) {
            return None;
        }
        Some(Self {
            workspace: caller.workspace.slug.to_string(),
            actor: caller.principal.actor.to_string(),
            request: request.cloned(),
        })
    }

    fn log_end(self, tool: &str, outcome: Outcome, time: Duration) {
        let Self { workspace, actor, request } = self;
        // Not 128 bits, which are a text in JSON.
        let (outcome, ms) = (outcome.as_str(), u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let address = request.as_ref().and_then(|request| request.address());
        let address = address.map(display);
        let request = request.as_ref().map(|request| display(request.id()));
        tracing::info!(
            target: "covibe::call", tool, outcome, ms, workspace, actor, address, request, "call"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use parking_lot::Mutex;

    use super::*;

    /// A writer that keeps the log.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().write(text)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        /// Drops a call that has begun, and returns its log line.
        fn log_dropped_call(
            &self,
            counts: &CallCounts,
            dispatch: impl Into<tracing::Dispatch>,
        ) -> String {
            tracing::dispatcher::with_default(&dispatch.into(), || {
                let (workspace, actor) = ("mark".to_owned(), "key_1".to_owned());
                let line = Some(LogLine { workspace, actor, request: None });
                drop(FollowedCall {
                    counts,
                    begun: Instant::now(),
                    tool: "apps.get",
                    line,
                    outcome: None,
                });
            });
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    #[test]
    fn a_call_that_is_dropped_is_counted_and_logged_once_as_abandoned() {
        let (counts, log) = (CallCounts::new(["apps.get"].into_iter()), Log::default());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        let text = log.log_dropped_call(&counts, subscriber);
        let of_tool = counts.tools().find(|(name, _)| *name == "apps.get").unwrap().1;
        let ended: Vec<_> = of_tool.outcomes().filter(|(_, count)| *count > 0).collect();
        assert_eq!(ended, [(Outcome::Abandoned, 1)]);
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in ["covibe::call", "outcome=\"abandoned\"", "tool=\"apps.get\"", "=\"mark\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn the_duration_of_a_call_is_logged_as_a_number_in_json() {
        let (counts, log) = (CallCounts::new(["apps.get"].into_iter()), Log::default());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
        let text = log.log_dropped_call(&counts, subscriber.finish());
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(line["fields"]["ms"].is_u64(), "{text}");
    }
}
