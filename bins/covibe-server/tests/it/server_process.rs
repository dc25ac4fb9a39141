//! A real server's process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use covibe_testkit_http::{Agent, Member, World};

use crate::server_binary;

/// A process; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    origin: String,
    /// The lines that it wrote before the one with its address.
    before: Vec<String>,
    /// Returns its output to stderr after its first line.
    log: Option<JoinHandle<String>>,
    /// Its stderr that nobody reads.
    unread: Option<BufReader<ChildStderr>>,
}

impl Server {
    /// Starts one for this world, and waits until it serves.
    pub(crate) fn start(world: &World) -> Self {
        Self::start_with(world, &[])
    }

    /// Starts one with further variables, and waits until it serves.
    pub(crate) fn start_with(world: &World, variables: &[(&str, &str)]) -> Self {
        let mut server = Self::start_unread(world, variables);
        server.read_log();
        server
    }

    /// Starts one that may have this many descriptors, and waits until it serves.
    pub(crate) fn start_within(world: &World, descriptors: usize) -> Self {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {descriptors}; exec \"$0\" \"$1\"");
        command.args(["-c".into(), script.into(), server_binary::path()]);
        let mut server = Self::start_command(world, &[], command);
        server.read_log();
        server
    }

    /// Starts one of whose stderr only the first line is read.
    pub(crate) fn start_unread(world: &World, variables: &[(&str, &str)]) -> Self {
        Self::start_command(world, variables, Command::new(server_binary::path()))
    }

    /// Starts one with these variables and no others, and waits until it serves.
    pub(crate) fn start_alone(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(server_binary::path());
        command.env_clear().envs(variables.iter().copied());
        let mut server = Self::spawn_and_wait(command);
        server.read_log();
        server
    }

    fn start_command(world: &World, variables: &[(&str, &str)], mut command: Command) -> Self {
        command.env_clear().envs(world.variables()).envs(variables.iter().copied());
        Self::spawn_and_wait(command)
    }

    fn spawn_and_wait(mut command: Command) -> Self {
        command.arg("serve").current_dir(env!("CARGO_TARGET_TMPDIR"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut told = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut lines = told.by_ref().lines().map_while(Result::ok);
        let mut before = Vec::new();
        let origin = loop {
            let Some(line) = lines.next() else { panic!("it says {before:#?}") };
            if let Some(origin) = line.strip_prefix("Co-Vibe serves at ") {
                break origin.trim().to_owned();
            }
            before.push(line);
        };
        Self { child, origin, before, log: None, unread: Some(told) }
    }

    /// Begins to read what it writes to stderr.
    pub(crate) fn read_log(&mut self) {
        let mut told = self.unread.take().expect("a pipe that nobody reads");
        self.log = Some(std::thread::spawn(move || {
            let mut log = Vec::new();
            told.read_to_end(&mut log).expect("its log");
            String::from_utf8_lossy(&log).into_owned()
        }));
    }

    /// The member's agent, for calls to this process.
    pub(crate) fn agent(&self, of: &Member) -> Agent {
        Agent::new(&self.origin, &of.agent.slug, of.agent.key.clone())
    }

    /// Returns where it serves.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns where it serves its metrics, if it does.
    pub(crate) fn metrics(&self) -> Option<String> {
        let told = |line: &String| line.strip_prefix("Metrics at http://").map(str::to_owned);
        let place = self.before.iter().find_map(told)?;
        place.strip_suffix("/metrics").map(str::to_owned)
    }

    /// Sends it a signal, like `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, id) = (format!("-{name}"), self.child.id().to_string());
        let sent = Command::new("kill").args([signal, id]).status().expect("kill");
        assert!(sent.success());
    }

    /// Sends it a signal again and again until it ends, and returns its status and its log.
    pub(crate) fn ended_by(mut self, signal: &str) -> (ExitStatus, String) {
        while self.child.try_wait().expect("its status").is_none() {
            self.signal(signal);
        }
        self.wait_for_end()
    }

    /// Waits for its end, and returns its status and its log.
    pub(crate) fn wait_for_end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("its status");
        (status, self.log.take().expect("the reader of its log").join().expect("its log"))
    }

    /// Waits for its end without reading its log.
    pub(crate) fn ended_unread(mut self) -> ExitStatus {
        self.child.wait().expect("its status")
    }

    /// SIGKILL: nothing more is done, and nothing written.
    pub(crate) fn kill(mut self) {
        self.kill_and_wait();
    }

    /// Kills it and returns its log.
    pub(crate) fn into_log(mut self) -> String {
        self.kill_and_wait();
        let log = self.log.take().expect("the reader of its log");
        log.join().expect("its log")
    }

    fn kill_and_wait(&mut self) {
        // One that has ended already is as dead.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_and_wait();
    }
}
