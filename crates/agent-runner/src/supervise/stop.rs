//! Being told to stop.

use std::io;
use std::path::PathBuf;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::job::{Ending, JobFolder};

/// SIGTERM, and the mark by which a cancelled job is told from a machine that is shut down.
pub(super) struct Stop {
    terminate: Signal,
    /// Signals of a terminal, which are meant for the runner.
    _ignored: [Signal; 2],
    mark: PathBuf,
}

impl Stop {
    pub(super) fn new(folder: &JobFolder) -> io::Result<Self> {
        let ignored = [signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?];
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, _ignored: ignored, mark: folder.cancel() })
    }

    /// Returns whether somebody cancelled the job.
    pub(super) fn is_cancelled(&self) -> bool {
        self.mark.exists()
    }

    /// Waits until the agent has to stop, and returns why.
    pub(super) async fn requested(&mut self) -> Ending {
        self.terminate.recv().await;
        if self.is_cancelled() { Ending::Cancelled } else { Ending::Interrupted }
    }
}
