//! The server's process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use covibe_testkit_http::{Agent, Member, World};

use crate::Outcome;

/// The limits that the calls of the benchmark would exceed.
const UNLIMITED: [&str; 4] = [
    "COVIBE_MAX_CALLS_PER_SECOND",
    "COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT",
    "COVIBE_MAX_CHANGES_PER_SECOND",
    "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
];

/// A server's process; it is killed when this is dropped.
pub(super) struct Server {
    child: Child,
    origin: String,
}

impl Server {
    /// Starts the program that was built beside this one, and waits until it serves.
    pub(super) fn start(world: &World) -> Outcome<Self> {
        let example = std::env::current_exe()?;
        let built = example.parent().and_then(|examples| examples.parent()).ok_or("no folder")?;
        let mut command = Command::new(built.join("covibe-server"));
        command.arg("serve").env_clear().envs(world.variables());
        command.envs(UNLIMITED.map(|name| (name, "1000000")));
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut log = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
        let told = log.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("Co-Vibe serves at ").map(|origin| origin.trim().to_owned())
        });
        // A server ends that can't write its log.
        std::thread::spawn(move || log.for_each(drop));
        let server = Self { child, origin: told.clone().unwrap_or_default() };
        told.map(|_| server).ok_or_else(|| "the server has ended".into())
    }

    /// Returns the member's agent, for calls to this process.
    pub(super) fn agent(&self, of: &Member) -> Agent {
        Agent::new(&self.origin, &of.agent.slug, of.agent.key.clone())
    }

    /// Returns the resident memory of the process, in KiB.
    pub(super) fn resident(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        Ok(line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as dead.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}
