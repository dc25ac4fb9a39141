//! The signals that stop the server: SIGTERM, SIGINT (Ctrl-C), SIGHUP, which a terminal sends when it closes, and SIGQUIT
//! and SIGUSR1, which would otherwise end the process at once.

use std::io;
use std::time::{Duration, Instant};

/// The time within which further signals belong to the same stop. One stop may be several signals: a service manager
/// may send SIGHUP after SIGTERM, and a parent process may forward what the terminal sent to both.
const ONE_STOP: Duration = Duration::from_secs(1);

/// Receives signals from its creation on. The process no longer ends by them.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals([tokio::signal::unix::Signal; 5]);

#[cfg(unix)]
impl Signals {
    /// Begins to receive. Requires a Tokio runtime.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::quit())?,
            signal(SignalKind::user_defined1())?,
        ]))
    }

    /// Waits for the first one.
    pub(crate) async fn first(&mut self) {
        let [terminate, interrupt, hangup, quit, user] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            _ = quit.recv() => {}
            _ = user.recv() => {}
        }
    }

    /// Waits for SIGTERM or SIGINT that does not belong to the stop which the first signal began just now.
    pub(crate) async fn second(&mut self) {
        let begun = Instant::now();
        let [terminate, interrupt, ..] = &mut self.0;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if begun.elapsed() > ONE_STOP {
                return;
            }
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

    pub(crate) async fn first(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) async fn second(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() <= ONE_STOP {
            self.first().await;
        }
    }
}

/// Waits for a signal that stops the process. From its first poll on, the process no longer ends by them.
pub(crate) async fn stop_signal() {
    match Signals::new() {
        Ok(mut signals) => signals.first().await,
        // The system ends the process by the signal.
        Err(_) => std::future::pending().await,
    }
}
