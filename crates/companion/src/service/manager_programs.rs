//! The programs of service managers.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The maximum duration of a program.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The time between two looks at a program that runs.
const PAUSE: Duration = Duration::from_millis(20);

/// The maximum size of an output, in bytes.
const MAX_OUTPUT: u64 = 256 * 1024;

/// A program that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; none if it could not be started, was killed or took too long.
    pub code: Option<i32>,
    /// Its output.
    pub stdout: String,
    /// Its errors.
    pub stderr: String,
}

impl Ran {
    /// Returns whether it succeeded.
    pub fn is_ok(&self) -> bool {
        self.code == Some(0)
    }
}

/// A starter of the programs of service managers.
pub trait Runner {
    /// Runs a program to its end.
    fn run(&self, program: &str, arguments: &[&str]) -> Ran;
}

/// The programs of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealRunner;

impl Runner for RealRunner {
    fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut child) = command.spawn() else { return Ran::default() };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let stdout = std::thread::spawn(move || text(stdout));
        let stderr = std::thread::spawn(move || text(stderr));
        let started = Instant::now();
        let code = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) if started.elapsed() < TIMEOUT => sleep(PAUSE),
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break None;
                }
            }
        };
        let (stdout, stderr) =
            (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
        Ran { code, stdout, stderr }
    }
}

fn text(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
