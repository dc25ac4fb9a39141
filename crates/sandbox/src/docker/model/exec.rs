//! Processes that are executed in containers.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use serde::{Deserialize, Deserializer};
use tokio::sync::{mpsc, watch};
use tokio::time;

use super::super::output_frames::frame;
use super::super::process_script::{Script, Step};
use super::super::programs::Stream;

/// The parameters of an execution, as the body of the request contains them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "members of Docker's API")]
pub(crate) struct Config {
    pub(crate) attach_stdin: bool,
    pub(crate) attach_stdout: bool,
    pub(crate) attach_stderr: bool,
    pub(crate) tty: bool,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) env: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) cmd: Vec<String>,
    pub(crate) privileged: bool,
    pub(crate) user: String,
    pub(crate) working_dir: String,
}

/// Reads a list, which clients in Go write as null where it is empty.
fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The stage of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Created,
    Running,
    /// It ended with that code.
    Ended(i64),
    /// The engine could not start it, and reports that code.
    Refused(i64),
}

/// An execution.
pub(crate) struct Exec {
    pub(crate) id: String,
    pub(crate) container: String,
    pub(crate) config: Config,
    /// The host's number of its process.
    pub(crate) pid: u64,
    stage: watch::Sender<Stage>,
}

/// The time for which the engine keeps the output of an ended process open for its children (20.10).
const HELD: Duration = Duration::from_secs(2);

/// The size of the parts in which repeated output is sent, in bytes.
const PART: usize = 1 << 15;

impl Exec {
    pub(crate) fn new(id: String, container: &str, config: Config, pid: u64) -> Self {
        let stage = watch::Sender::new(Stage::Created);
        Self { id, container: container.to_owned(), config, pid, stage }
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Returns the number of its process, which it keeps after its end; 0 if it never had one.
    pub(crate) fn told_pid(&self) -> u64 {
        match self.stage() {
            Stage::Created | Stage::Refused(_) => 0,
            Stage::Running | Stage::Ended(_) => self.pid,
        }
    }

    /// Kills its process, as SIGKILL does.
    pub(crate) fn kill(&self) {
        self.end_with_code(137);
    }

    /// Ends its process with that code, if it runs.
    fn end_with_code(&self, code: i64) {
        self.stage.send_if_modified(|stage| {
            let is_running = *stage == Stage::Running;
            if is_running {
                *stage = Stage::Ended(code);
            }
            is_running
        });
    }

    /// Starts it, and sends its output. It continues without a receiver.
    pub(crate) fn start(self: &Arc<Self>, script: Script) -> mpsc::Receiver<Bytes> {
        let (output, received) = mpsc::channel(4);
        let first = if script.is_started { Stage::Running } else { Stage::Refused(script.code) };
        self.stage.send_replace(first);
        let this = Arc::clone(self);
        let run = async move {
            let mut stage = this.stage.subscribe();
            let ended =
                async { stage.wait_for(|stage| matches!(stage, Stage::Ended(_))).await.is_ok() };
            let printed = async {
                for step in script.steps {
                    this.carry_out(step, &output).await;
                }
            };
            if script.is_started {
                tokio::select! {
                    _ = ended => {}
                    () = printed => this.end_with_code(script.code),
                }
                time::sleep(script.held.min(HELD)).await;
            } else {
                printed.await;
            }
        };
        // A request that takes effect late is carried out where there may be no runtime.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(run)),
            Err(_) => self.end_with_code(137),
        }
        received
    }

    async fn carry_out(&self, step: Step, output: &mpsc::Sender<Bytes>) {
        match step {
            Step::Sleep(time) => time::sleep(time.min(Duration::from_hours(24 * 365))).await,
            Step::Write(stream, bytes) => {
                for part in bytes.chunks(PART) {
                    // A client that has left receives nothing more, and the process continues.
                    let _ = output.send(self.framed(stream, part)).await;
                }
            }
            Step::Repeat(stream, text, total) => {
                let part = text.repeat((PART / text.len().max(1)).max(1));
                let mut left = total.unwrap_or(u64::MAX);
                while left > 0 {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(part.len());
                    let part = part.get(..length).unwrap_or_default();
                    if output.send(self.framed(stream, part)).await.is_err() {
                        break;
                    }
                    left = left.saturating_sub(length as u64);
                }
                if total.is_none() {
                    // It prints for ever, and only a kill ends it.
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// Returns output as the client receives it: a terminal has one stream, without frames.
    fn framed(&self, stream: Stream, part: &[u8]) -> Bytes {
        if self.config.tty {
            return Bytes::copy_from_slice(part);
        }
        let is_attached = match stream {
            Stream::Stdout => self.config.attach_stdout,
            Stream::Stderr => self.config.attach_stderr,
        };
        if is_attached { frame(stream, part).into() } else { Bytes::new() }
    }
}
