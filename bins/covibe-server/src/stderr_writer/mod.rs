//! Lines to stderr, written by a thread of their own: a reader that does not read holds up nothing else.

mod call_lines;
mod repeated_lines;
mod writing;

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread;
use std::time::{Duration, Instant};

use covibe_domain::counters::Count;
use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use self::call_lines::Calls;
use self::repeated_lines::Folds;
use self::writing::write;

pub(crate) use self::repeated_lines::Form;

/// The maximum number of lines that wait to be written. More are dropped and counted.
const QUEUE: usize = 4096;

/// The time after which waiting lines of calls are written.
const TICK: Duration = Duration::from_millis(250);

/// The interval at which folded lines are checked.
const LOOK: Duration = Duration::from_secs(1);

/// The target of the line of a call.
const CALL: &str = "covibe::call";

/// The time that the last lines may take when the process ends.
const FLUSH: Duration = Duration::from_secs(1);

/// The queue of the thread that writes, once it is started.
static QUEUED: OnceLock<SyncSender<Message>> = OnceLock::new();

/// The lines that wait beside the queue, and the number of those that were dropped.
static WAITING: WaitingLines = WaitingLines { calls: Calls::new(), dropped: Count::new() };

/// The lines that wait beside the queue, and the number of those that were dropped.
#[derive(Debug)]
struct WaitingLines {
    calls: Calls,
    /// The number of lines that were dropped.
    dropped: Count,
}

/// A message to the thread.
enum Message {
    /// A line of the log, which may be folded.
    Logged(Vec<u8>),
    /// A line that is written as it is.
    Plain(Vec<u8>),
    /// The end: everything before it is written, then the sender is dropped.
    End(Sender<()>),
}

/// Starts the thread, unless it runs. Lines of the log have this form.
pub(crate) fn start(form: Form) {
    let (queue, queued) = sync_channel(QUEUE);
    if QUEUED.set(queue).is_ok() {
        let started = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&queued, Folds::new(form), &WAITING, &mut io::stderr()));
        drop(started);
    }
}

/// Writes a line that is never folded.
pub(crate) fn write_plain(text: &str) {
    let line = format!("{text}\n").into_bytes();
    match QUEUED.get() {
        Some(queue) => add(queue, &WAITING, Message::Plain(line)),
        None => write(&mut io::stderr(), &line),
    }
}

/// Returns the number of lines that were dropped since the start.
pub(crate) fn dropped_lines() -> u64 {
    WAITING.dropped.get()
}

/// Waits until everything is written, at most a second.
pub(crate) fn flush() {
    let Some(queue) = QUEUED.get() else { return };
    let (done, written) = channel();
    let until = Instant::now() + FLUSH;
    let mut end = Message::End(done);
    while let Err(error) = queue.try_send(end) {
        if Instant::now() > until {
            return;
        }
        let (TrySendError::Full(message) | TrySendError::Disconnected(message)) = error;
        end = message;
        thread::sleep(Duration::from_millis(5));
    }
    let _ended = written.recv_timeout(until.saturating_duration_since(Instant::now()));
}

/// Makes the writer of each event of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log;

/// The writer of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    is_call: bool,
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { is_call: false }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line {
        Line { is_call: event.target() == CALL }
    }
}

impl Write for Line {
    /// Adds a line: an event is written as one.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(queue) = QUEUED.get() {
            WAITING.add(queue, self.is_call, line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WaitingLines {
    /// Adds a line of the log, or counts it if the queue is full.
    fn add(&self, queue: &SyncSender<Message>, is_call: bool, line: &[u8]) {
        if !is_call {
            add(queue, self, Message::Logged(line.to_vec()));
        } else if !self.calls.add(line) {
            self.dropped.add_one();
        }
    }
}

/// Adds a message, or counts it if the queue is full.
fn add(queue: &SyncSender<Message>, waiting: &WaitingLines, message: Message) {
    if queue.try_send(message).is_err() {
        waiting.dropped.add_one();
    }
}

/// Writes lines until the process ends.
fn write_all(
    queued: &Receiver<Message>,
    mut folds: Folds,
    waiting: &WaitingLines,
    to: &mut impl Write,
) {
    let (mut looked, mut reported, mut spare) = (Instant::now(), 0, Vec::new());
    loop {
        let message = queued.recv_timeout(TICK);
        waiting.calls.write(&mut spare, to);
        let ended = match message {
            Ok(Message::Logged(line)) => {
                for line in &folds.pass(line, Instant::now()) {
                    write(to, line);
                }
                None
            }
            Ok(Message::Plain(line)) => {
                write(to, &line);
                None
            }
            Ok(Message::End(done)) => Some(done),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if ended.is_some() || looked.elapsed() >= LOOK {
            looked = Instant::now();
            let over = if ended.is_some() { folds.take() } else { folds.take_expired(looked) };
            for line in &over {
                write(to, line);
            }
            let dropped = waiting.dropped.get();
            report(to, dropped - reported);
            reported = dropped;
        }
        drop(ended);
    }
}

/// Writes the number of dropped lines.
fn report(to: &mut impl Write, dropped: u64) {
    if dropped > 0 {
        let what = "log lines were dropped because they were not read in time";
        write(to, format!("warning: {dropped} {what}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// Something that is read when it is permitted.
    struct Pipe {
        permits: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Pipe {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _open = self.permits.recv();
            let _open = self.written.send(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_dropped_and_counted_while_the_output_is_blocked() {
        static WAITING: WaitingLines = WaitingLines { calls: Calls::new(), dropped: Count::new() };
        let (queue, queued) = sync_channel(2);
        let (permit, permits) = channel();
        let (written, lines) = channel();
        let mut pipe = Pipe { permits, written };
        let thread = thread::spawn(move || {
            write_all(&queued, Folds::new(Form::Text), &WAITING, &mut pipe);
        });
        for number in 0..100 {
            add(&queue, &WAITING, Message::Logged(format!("now {number}\n").into_bytes()));
        }
        let lost = WAITING.dropped.get();
        assert!(lost >= 97, "{lost}");
        // Now everything is read.
        drop(permit);
        let (done, ended) = channel();
        queue.send(Message::End(done)).unwrap();
        assert!(ended.recv().is_err(), "it ends without a word");
        drop(queue);
        thread.join().unwrap();
        let lines: Vec<_> = lines.iter().collect();
        assert!(lines.iter().any(|line| line.contains(&format!("{lost} log lines"))), "{lines:?}");
    }
}
