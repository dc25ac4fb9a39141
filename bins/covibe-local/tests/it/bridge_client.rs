//! A client of the bridge, message by message.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::developer_machine::{Laptop, Running};

/// Speaks to a bridge, message by message.
pub(crate) struct Bridge {
    process: Running,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Bridge {
    pub(crate) fn start(laptop: &Laptop, agent: &str) -> Self {
        Self::start_at(laptop, &laptop.file(".covibe/bin/covibe-mcp"), agent)
    }

    pub(crate) fn start_at(laptop: &Laptop, program: &Path, agent: &str) -> Self {
        let mut command = laptop.program(program);
        command.args(["--agent", agent]);
        Self::start_command(command)
    }

    /// Starts a bridge with an environment of the caller's.
    pub(crate) fn start_command(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { process: Running(child), lines }
    }

    pub(crate) fn ask(&mut self, message: &Value) -> Value {
        tokio::task::block_in_place(|| {
            let stdin = self.process.0.stdin.as_mut().expect("a pipe");
            writeln!(stdin, "{message}").expect("it reads");
            let line = self.lines.next().expect("an answer").expect("a line");
            serde_json::from_str(&line).expect("JSON")
        })
    }

    pub(crate) fn initialize(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let params =
            json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        self.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }))
    }

    pub(crate) fn call(&mut self, tool: &str) -> Value {
        let params = json!({ "name": tool, "arguments": {} });
        self.ask(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }))
    }
}
