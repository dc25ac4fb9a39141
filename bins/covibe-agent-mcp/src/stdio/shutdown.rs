//! The end of the program, by which the running calls end too.

use std::io;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The time that running calls have after the end of the input: a client that writes its requests and closes the pipe
/// gets the answers of short calls. With it, everything ends within a second.
const GRACE: Duration = Duration::from_millis(700);

/// The end of all calls. Clones are about the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending(CancellationToken);

impl Ending {
    /// Ends what still runs in a moment.
    pub(super) fn begin_after_grace(&self) {
        let token = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            token.cancel();
        });
    }

    /// Waits until calls have to end.
    pub(super) async fn wait_for_begin(&self) {
        self.0.cancelled().await;
    }

    /// Ends all calls, and cancels `stop`, when a signal asks for it. The parent of a client's terminal sends SIGHUP.
    #[cfg(unix)]
    pub(super) fn begin_by_signal(&self, stop: CancellationToken) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let token = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
            }
            token.cancel();
            stop.cancel();
        });
        Ok(())
    }

    /// Ends all calls, and cancels `stop`, at Ctrl-C.
    #[cfg(not(unix))]
    pub(super) fn begin_by_signal(&self, stop: CancellationToken) -> io::Result<()> {
        let token = self.0.clone();
        tokio::spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            token.cancel();
            stop.cancel();
        });
        Ok(())
    }
}
