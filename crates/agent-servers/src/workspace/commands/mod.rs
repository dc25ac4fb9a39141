//! Commands of the shell: bounded in time and output, without a terminal, and ended with all that they have started.

mod environment;
mod output;

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use covibe_domain::boxed;
use tokio::process::{Child, Command};
use tokio::time::timeout;

pub(super) use environment::{Environment, PrivateDirectory};

use self::output::{Output, TooMuch, capture};
use crate::confinement::{Confinement, ProcessTree};

/// The time in which the streams of an ended command end.
const DRAIN: Duration = Duration::from_millis(500);

/// Why a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Itself,
    Time,
    Output,
}

/// The outcome of a command.
#[derive(Debug)]
pub(super) struct CommandOutcome {
    pub(super) status: Option<ExitStatus>,
    pub(super) has_timed_out: bool,
    pub(super) has_printed_too_much: bool,
    pub(super) duration: Duration,
    pub(super) output: Output,
}

impl CommandOutcome {
    /// Returns the exit code; none if a signal has ended it.
    pub(super) fn exit_code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    /// Returns the signal that has ended it.
    pub(super) fn signal(&self) -> Option<i32> {
        self.status.and_then(|status| status.signal())
    }
}

/// The processes of a command. They are killed with this value, also when the caller is cancelled.
pub(super) struct Tree(Option<ProcessTree>);

impl Tree {
    pub(super) fn new(child: &Child) -> Self {
        Self(child.id().and_then(ProcessTree::new))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if let Some(tree) = &self.0 {
            tree.end_all();
        }
    }
}

/// Runs a command until it ends, its time is over or it has printed too much. Whatever it has started ends with it.
#[boxed]
pub(super) async fn run(
    confinement: &Confinement,
    mut command: Command,
    time: Duration,
) -> io::Result<CommandOutcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = confinement.spawn(command).await?;
    let tree = Tree::new(&child);
    let mut output = Output::default();
    let (end, status) = attend(&mut child, tree, &mut output, time).await;
    Ok(CommandOutcome {
        status,
        has_timed_out: end == End::Time,
        has_printed_too_much: end == End::Output,
        duration: started.elapsed(),
        output,
    })
}

/// Reads a command's streams until it ends, ends what it has started, and returns why it ended, and how.
async fn attend(
    child: &mut Child,
    tree: Tree,
    output: &mut Output,
    time: Duration,
) -> (End, Option<ExitStatus>) {
    let total = AtomicUsize::new(0);
    let Output { stdout, stderr } = output;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let streams =
        async { tokio::try_join!(capture(out, stdout, &total), capture(err, stderr, &total)) };
    tokio::pin!(streams);
    let (end, are_open) = first_end(child, &mut streams, time).await;
    drop(tree);
    let status = timeout(DRAIN, child.wait()).await.ok().and_then(Result::ok);
    if are_open {
        // Whoever held the streams was killed.
        let _ = timeout(DRAIN, &mut streams).await;
    }
    (end, status)
}

/// Waits for the first reason to end a command; also returns whether its streams are still open.
async fn first_end(
    child: &mut Child,
    streams: &mut (impl Future<Output = Result<((), ()), TooMuch>> + Unpin),
    time: Duration,
) -> (End, bool) {
    let over = tokio::time::sleep(time);
    tokio::pin!(over);
    let mut are_open = true;
    loop {
        tokio::select! {
            _ = child.wait() => return (End::Itself, are_open),
            () = &mut over => return (End::Time, are_open),
            read = &mut *streams, if are_open => match read {
                Ok(_) => are_open = false,
                Err(TooMuch) => return (End::Output, false),
            },
        }
    }
}
