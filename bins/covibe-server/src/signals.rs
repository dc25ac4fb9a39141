//! The signals that stop the server: SIGTERM, SIGINT (Ctrl-C), and SIGHUP, which a terminal sends when it
//! closes.

use std::io;

/// Receives signals from its creation on. The process no longer ends by them.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    /// Begins to receive. Requires a Tokio runtime.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let [terminate, interrupt, hangup] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        Ok(Self([signal(terminate)?, signal(interrupt)?, signal(hangup)?]))
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Receives Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals(());

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
