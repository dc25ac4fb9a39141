//! A shell that keeps a server, and stops it when this process ends, however it ends.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The timeout for starting a server.
const START: Duration = Duration::from_mins(1);

/// A running server. It is stopped when this is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Keeper {
    shell: Child,
    /// Open as long as the server is to run.
    pipe: Option<ChildStdin>,
}

impl Keeper {
    /// Runs a shell script with its arguments. It has to start the server, read its standard input to
    /// the end, and stop the server. Its output goes to a file.
    pub(crate) fn start<A: AsRef<OsStr>>(
        script: &str,
        arguments: impl IntoIterator<Item = A>,
        log: &Path,
    ) -> Self {
        let log = File::create(log).expect("a file for the log");
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "keeper"]).args(arguments);
        // In its own process group: Ctrl-C ends only this process, and the closed pipe the server.
        shell.process_group(0).stdin(Stdio::piped());
        shell.stdout(log.try_clone().expect("the same file")).stderr(log);
        let mut shell = shell.spawn().expect("a shell");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    /// Waits until the server is ready. Returns whether it is; if not, it has ended or hangs.
    pub(crate) fn wait_until(&mut self, is_ready: impl Fn() -> bool) -> bool {
        let started = Instant::now();
        while !is_ready() {
            let has_ended = self.shell.try_wait().expect("a child").is_some();
            if has_ended || started.elapsed() > START {
                return false;
            }
            sleep(Duration::from_millis(5));
        }
        true
    }
}

impl Drop for Keeper {
    /// Waits, so that nothing of the server is left when the test ends.
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It ends by itself; nothing depends on how.
        let _ = self.shell.wait();
    }
}
