//! A client of the gate: one connection over the standard input and output of a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A process that speaks HTTP on its standard input and output.
pub(crate) struct Gate {
    pub(crate) process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// An answer of the gate.
#[derive(Debug)]
pub(crate) struct GateAnswer {
    pub(crate) status: u16,
    /// The lines of the head, but for the first.
    pub(crate) head: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl GateAnswer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// The path of the gate's binary: the one that ships, which `cargo xtask test` builds for itself, or else
/// the one that cargo built along with the tests.
pub(crate) fn binary() -> String {
    let shipped = std::env::var("COVIBE_TEST_GATE");
    shipped.unwrap_or_else(|_| env!("CARGO_BIN_EXE_covibe-docker-gate").to_owned())
}

impl Gate {
    pub(crate) fn start(socket: &Path) -> Self {
        let mut command = Command::new(binary());
        command.arg("--socket").arg(socket);
        Self::from_command(command)
    }

    pub(crate) fn from_command(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, input, output }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(bytes).and_then(|()| input.flush()).expect("a gate that reads");
    }

    /// Closes the client's side.
    pub(crate) fn leave(&mut self) {
        self.input = None;
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &str) -> GateAnswer {
        self.send(&request(method, target, "", body));
        self.answer()
    }

    /// Reads the head of an answer.
    pub(crate) fn head(&mut self) -> GateAnswer {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).expect("a line") > 0,
                "the gate has closed: {lines:?}"
            );
            if line == "\r\n" {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let status =
            lines.remove(0).split(' ').nth(1).expect("a status").parse().expect("a number");
        GateAnswer { status, head: lines, body: Vec::new() }
    }

    pub(crate) fn answer(&mut self) -> GateAnswer {
        let mut answer = self.head();
        let length = answer.head.iter().find_map(|line| line.strip_prefix("Content-Length: "));
        if let Some(length) = length {
            answer.body = self.exactly(length.parse().expect("a number"));
        } else if answer.head.iter().any(|line| line == "Transfer-Encoding: chunked") {
            while let Some(chunk) = self.chunk() {
                answer.body.extend(chunk);
            }
        }
        answer
    }

    /// Reads a chunk; none at the end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("the size of a chunk");
        let chunk = self.exactly(length);
        assert_eq!(self.exactly(2), b"\r\n");
        (length > 0).then_some(chunk)
    }

    pub(crate) fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).expect("more");
        bytes
    }

    /// Reads to the end, and returns the rest.
    pub(crate) fn read_rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).expect("an end");
        rest
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the bytes of a request; `headers` are whole lines.
pub(crate) fn request(method: &str, target: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}");
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}
