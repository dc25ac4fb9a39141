//! A running server, and the messages that a client exchanges with it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// The maximum duration of anything that a test waits for, on a machine that is busy with all other tests.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The duration in which something ends that has a second for it. It is longer for a busy machine, and shorter than the
/// time after which rmcp ends it.
pub(crate) const SOON: Duration = Duration::from_secs(3);

/// The variables with which each server starts; nothing answers there.
pub(crate) const VARIABLES: [(&str, &str); 5] = [
    ("COOLIFY_API_URL", "http://127.0.0.1:9"),
    ("COOLIFY_API_TOKEN", "1|0123456789012345678901234567890123456789"),
    ("GITEA_API_URL", "http://127.0.0.1:9"),
    ("GITEA_API_TOKEN", "0123456789abcdef0123456789abcdef01234567"),
    ("GITEA_USERNAME", "ada"),
];

/// A machine with a home and a folder to work in.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "work"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self { folder }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns the folder to work in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Returns the program with the variables that every program has, and no others.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_covibe-agent-mcp"));
        command.args(arguments).env_clear().current_dir(self.home()).stdin(Stdio::null());
        command.env("HOME", self.home()).env("PATH", std::env::var_os("PATH").expect("a path"));
        command
    }

    /// Returns the program with the variables of every server.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.envs(VARIABLES).env("WORKSPACE_ROOT", self.work());
        command.env("COVIBE_AGENT_HOME", self.home().join("notes"));
        command
    }

    /// Starts a server.
    pub(crate) fn serve(&self, server: &str) -> Running {
        Running::start(&mut self.program(&[server]))
    }

    /// Starts a server and shakes hands.
    pub(crate) fn connect(&self, server: &str) -> Running {
        let mut running = self.serve(server);
        running.initialize();
        running
    }

    /// Makes a named pipe in the folder to work in.
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.work().join(name);
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        path
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().expect("it starts")
}

/// Returns what a command printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    asked: u64,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        // Not in the group of the test, so that a signal to it reaches it alone.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                if sender.send(line.expect("a line")).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, asked: 0 }
    }

    /// Writes a line.
    pub(crate) fn write(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().expect("a pipe"), "{line}").expect("it reads");
    }

    /// Reads a message; every line must be one.
    pub(crate) fn read(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("an answer");
        let message: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        message
    }

    /// Sends a request, and returns its id.
    pub(crate) fn send(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        let (id, params) = (self.asked, params);
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(&request.to_string());
        id
    }

    /// Sends a request, and returns the next message, which must be its answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.read();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// Starts a call of a tool, and returns its id.
    pub(crate) fn begin(&mut self, tool: &str, arguments: &Value) -> u64 {
        self.send("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Calls a tool, and returns the result.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let mut answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].take()
    }

    /// Shakes hands in the version with a handshake.
    pub(crate) fn initialize(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let params =
            json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        let answer = self.ask("initialize", params);
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        answer
    }

    /// Lists the tools.
    pub(crate) fn tools(&mut self) -> Vec<Value> {
        let answer = self.ask("tools/list", json!({}));
        answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// Closes the input.
    pub(crate) fn close(&mut self) {
        drop(self.stdin.take());
    }

    /// Returns the process's id.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Waits for the end, and returns the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Returns the messages that are left when the server has ended.
    pub(crate) fn remaining_messages(&mut self) -> Vec<Value> {
        let parse = |line: String| serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        self.lines.iter().map(parse).collect()
    }
}

/// A command that runs until it is ended. The test reads the other end of a pipe that the command holds open.
pub(crate) struct Alive(BufReader<File>);

impl Alive {
    /// The command, with the name of the pipe.
    pub(crate) fn command(pipe: &Path) -> String {
        let name = pipe.file_name().and_then(|name| name.to_str()).expect("a name");
        format!("exec 3>{name}; echo started >&3; exec sleep 600")
    }

    /// Waits until the command runs.
    pub(crate) fn wait_for(pipe: &Path) -> Self {
        let mut reader = BufReader::new(File::open(pipe).expect("a pipe"));
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        assert_eq!(line, "started\n");
        Self(reader)
    }

    /// Waits until the command has ended.
    pub(crate) fn wait_for_end(mut self) {
        self.0.read_to_end(&mut Vec::new()).expect("an end");
    }
}
