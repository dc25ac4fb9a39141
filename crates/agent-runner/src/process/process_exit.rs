//! A process whose end is waited for without being its parent.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::identity::ProcessId;

/// A process whose end the kernel reports. Signals never reach another process that got its pid.
#[derive(Debug)]
pub(crate) struct Watched(AsyncFd<OwnedFd>);

impl Watched {
    /// Begins to watch a process; none if it has ended. Requires a Tokio runtime.
    pub(crate) fn open(process: &ProcessId) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(process.pid).ok()?)?;
        let descriptor = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        // Opened first: if the process is still the same one, so is the one that was opened.
        if !process.is_alive() {
            return None;
        }
        #[expect(deprecated, reason = "its successor is unsafe; an owned descriptor stays open")]
        let watched = AsyncFd::with_interest(descriptor, Interest::READABLE);
        watched.ok().map(Self)
    }

    /// Waits until it has ended.
    pub(crate) async fn wait_for_end(&self) {
        // An error could only come from the runtime's own descriptor.
        if let Ok(mut ready) = self.0.readable().await {
            ready.retain_ready();
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(pidfd_send_signal(self.0.get_ref(), signal)?)
    }
}

#[cfg(test)]
mod tests {
    use tokio::process::Command;

    use super::*;

    #[tokio::test]
    async fn the_end_of_a_process_wakes_every_waiter() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::at(child.id().unwrap()).unwrap();
        let watched = Watched::open(&id).unwrap();
        watched.signal(Signal::KILL).unwrap();
        tokio::join!(watched.wait_for_end(), watched.wait_for_end());
        watched.wait_for_end().await;
        child.wait().await.unwrap();
        assert!(Watched::open(&id).is_none());
    }
}
