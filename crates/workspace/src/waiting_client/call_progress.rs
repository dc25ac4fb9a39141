//! Progress reports of a call, for clients that ask for them.

use std::sync::Arc;
use std::time::Duration;

use covibe_operation::JsonAnswer;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The maximum number of pending updates; further ones are dropped.
const QUEUE: usize = 32;

/// The time after which an unchanged wait is reported again.
const AGAIN: Duration = Duration::from_secs(5);

/// The time between two reports of a command's output.
const PRINTED: Duration = Duration::from_secs(1);

/// One progress update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressUpdate {
    /// The amount that is done; it grows with each update of a call.
    pub done: usize,
    /// The total amount, if known.
    pub total: Option<usize>,
    /// A description of the current step.
    pub message: String,
}

/// The sending side of a call's progress reports. Sending a report never waits. Clones share what was sent.
#[derive(Clone, Debug)]
pub struct Progress {
    sender: mpsc::Sender<ProgressUpdate>,
    /// The receiver of parts of the answer, if the client takes them before the call ends.
    parts: Option<mpsc::Sender<JsonAnswer>>,
    began: Instant,
    sent: Arc<Mutex<Sent>>,
}

/// The report of a wait or of a command that was sent last.
#[derive(Debug, Default)]
struct Sent {
    count: usize,
    last: Option<(String, Instant)>,
}

impl Progress {
    /// Creates the sending and the receiving side for a call that begins now.
    pub fn channel() -> (Self, mpsc::Receiver<ProgressUpdate>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { sender, parts: None, began: Instant::now(), sent: Arc::default() }, receiver)
    }

    /// Creates the same for a client that takes parts of the answer before the call ends. One part waits to be received
    /// at most, because each may be as large as an answer.
    pub fn channel_with_parts() -> (Self, mpsc::Receiver<ProgressUpdate>, mpsc::Receiver<JsonAnswer>)
    {
        let (progress, receiver) = Self::channel();
        let (sender, parts) = mpsc::channel(1);
        (Self { parts: Some(sender), ..progress }, receiver, parts)
    }

    /// Returns whether the client takes parts of the answer before the call ends.
    pub fn takes_parts(&self) -> bool {
        self.parts.is_some()
    }

    /// Hands over a part of the answer, and waits until the client has received the one before it. Returns whether it
    /// was taken: a client may have left, or take none.
    pub fn send_part(&self, part: &impl Serialize) -> BoxFuture<'_, bool> {
        let part = JsonAnswer::from_output(part).inspect_err(
            |error| tracing::error!(%error, "failed to serialize a part of an answer"),
        );
        async move {
            match (&self.parts, part) {
                (Some(parts), Ok(part)) => parts.send(part).await.is_ok(),
                _ => false,
            }
        }
        .boxed()
    }

    /// Reports progress; `total` is `None` if the total amount is unknown. The update is lost if nobody receives it.
    pub fn report(&self, done: usize, total: Option<usize>, message: String) {
        let _lost = self.sender.try_send(ProgressUpdate { done, total, message });
    }

    /// Reports the reason of the current wait and the seconds since the call began: at once if the reason differs from
    /// the last one, and otherwise every five seconds.
    pub fn report_wait(&self, waits_for: String) {
        let now = Instant::now();
        let mut sent = self.sent.lock();
        let is_told =
            |(last, at): &(String, Instant)| *last == waits_for && now.duration_since(*at) < AGAIN;
        if sent.last.as_ref().is_some_and(is_told) {
            return;
        }
        sent.count += 1;
        let seconds = now.duration_since(self.began).as_secs();
        self.report(sent.count, None, format!("{waits_for}; {seconds} s"));
        sent.last = Some((waits_for, now));
    }

    /// Reports the newest line of a command's output after this many bytes of it, at most once a second. `line` is
    /// called only for a report.
    pub fn report_output(&self, bytes: usize, line: impl FnOnce() -> String) {
        let now = Instant::now();
        let mut sent = self.sent.lock();
        if sent.last.as_ref().is_some_and(|(_, at)| now.duration_since(*at) < PRINTED) {
            return;
        }
        let line = line();
        self.report(bytes, None, line.clone());
        sent.last = Some((line, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that was sent.
    fn received(updates: &mut mpsc::Receiver<ProgressUpdate>) -> Vec<(usize, String)> {
        std::iter::from_fn(|| updates.try_recv().ok()).map(|it| (it.done, it.message)).collect()
    }

    fn assert_updates(told: &[(usize, String)], expected: &[(usize, &str)]) {
        let told: Vec<_> = told.iter().map(|(done, message)| (*done, message.as_str())).collect();
        assert_eq!(told, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_reported_when_it_changes_and_every_five_seconds() {
        let (progress, mut updates) = Progress::channel();
        for _look in 0..24 {
            progress.report_wait("a is being built".to_owned());
            tokio::time::advance(Duration::from_millis(500)).await;
        }
        let built = [
            (1, "a is being built; 0 s"),
            (2, "a is being built; 5 s"),
            (3, "a is being built; 10 s"),
        ];
        assert_updates(&received(&mut updates), &built);
        // A part of the call that begins later goes on with the count and the time.
        let later = progress.clone();
        later.report_wait("a starts".to_owned());
        later.report_wait("a starts".to_owned());
        progress.report_wait("a runs".to_owned());
        assert_updates(&received(&mut updates), &[(4, "a starts; 12 s"), (5, "a runs; 12 s")]);
    }

    #[tokio::test]
    async fn a_part_is_taken_only_by_a_client_that_takes_parts_and_is_there() {
        let (progress, _updates) = Progress::channel();
        assert!(!progress.takes_parts() && !progress.send_part(&1).await);
        let (progress, _updates, mut parts) = Progress::channel_with_parts();
        assert!(progress.takes_parts() && progress.send_part(&1).await);
        let mut second = progress.send_part(&2);
        assert!((&mut second).now_or_never().is_none(), "two parts wait");
        assert_eq!(parts.recv().await.unwrap().text(), "1");
        assert!(second.await);
        drop(parts);
        assert!(!progress.send_part(&3).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_prints_much_is_reported_once_a_second() {
        let (progress, mut updates) = Progress::channel();
        for bytes in 1..=40 {
            progress.report_output(bytes, || format!("line {bytes}"));
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        assert_updates(
            &received(&mut updates),
            &[(1, "line 1"), (11, "line 11"), (21, "line 21"), (31, "line 31")],
        );
    }
}
