//! A process of `covibe-server sandbox`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use covibe_domain::Secret;
use covibe_testkit::Agent;
use serde_json::Value;

use crate::binary;

/// A sandbox without any settings; it ends when this is dropped.
pub(crate) struct Sandbox {
    process: Child,
    described: Value,
    _folder: tempfile::TempDir,
}

impl Sandbox {
    /// Starts one, and waits until it serves.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(binary::path());
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("it starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let described = serde_json::from_str(&line).expect("JSON");
        Self { process, described, _folder: folder }
    }

    /// Returns a text of what it says of itself, by its JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let value = self.described.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no {pointer}")).to_owned()
    }

    /// Makes a call of its workspace that must succeed.
    pub(crate) async fn done(&self, tool: &str, params: Value) -> Value {
        let token = Some(Secret::new(self.text("/token")));
        let agent = Agent::new(&self.text("/origin"), &self.text("/workspace"), token);
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
    }

    /// Returns the path of the socket of its Docker Engine.
    pub(crate) fn socket(&self) -> String {
        let url = self.text("/upstreams/docker/url");
        url.strip_prefix("unix://").expect("a socket").to_owned()
    }

    /// Asks its Docker Engine.
    pub(crate) fn engine(&self, path: &str) -> Value {
        let mut connection = UnixStream::connect(self.socket()).expect("a connection");
        // This version answers without chunks.
        let request = format!("GET /v1.44{path} HTTP/1.0\r\nHost: d\r\n\r\n");
        connection.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {answer}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}
