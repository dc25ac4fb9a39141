//! A stand-in for Docker's Engine that notes the exact bytes of its requests.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{UUID, command, container};

/// Answers a request instead of the defaults; returns false to leave it to them.
type AnswerFn = dyn Fn(&str, &mut UnixStream) -> bool + Send + Sync;

/// The engine. Its thread ends with the test's process.
pub(crate) struct Engine {
    folder: TempDir,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Engine {
    pub(crate) fn start() -> Self {
        Self::answering(|_, _| false)
    }

    /// Starts an engine that answers requests for paths with `kind` in them with this description.
    pub(crate) fn describing(kind: &'static str, seen: Value) -> Self {
        Self::answering(move |line, stream| {
            let is_it = line.contains(kind) && line.ends_with("/json");
            if is_it {
                reply(stream, 200, &seen);
            }
            is_it
        })
    }

    /// Starts an engine that tries `answer` first, with the first line of the request.
    pub(crate) fn answering(
        answer: impl Fn(&str, &mut UnixStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("docker.sock")).expect("a socket");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer): (_, Arc<AnswerFn>) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                thread::spawn(move || serve(stream.expect("a connection"), &noted, &*answer));
            }
        });
        Self { folder, seen }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// Returns the requests so far, each with all its bytes, but for looks at containers and commands.
    pub(crate) fn requests(&self) -> Vec<String> {
        let is_look = |it: &&String| it.contains("/json HTTP") && !it.contains("/containers/json");
        let seen = self.seen.lock().expect("a lock");
        seen.iter().filter(|it| !is_look(it)).cloned().collect()
    }

    /// Returns the first lines of all requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("a lock");
        seen.iter()
            .map(|it| it.lines().next().unwrap_or_default().replace(" HTTP/1.1", ""))
            .collect()
    }
}

fn serve(mut stream: UnixStream, noted: &Mutex<Vec<String>>, answer: &AnswerFn) {
    let Some(request) = read(&mut stream) else { return };
    let line = request.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
    noted.lock().expect("a lock").push(request);
    if !answer(&line, &mut stream) {
        by_default(&line, &mut stream);
    }
}

/// Reads a request; `None` if the connection was closed before its end.
fn read(stream: &mut UnixStream) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).expect("text");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |it| it.parse().expect("a number"))];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(String::from_utf8(request).expect("text"))
}

fn by_default(line: &str, stream: &mut UnixStream) {
    if line.contains(&format!("/containers/{}/json", container())) {
        reply(stream, 200, &container_description(&format!("/web-{UUID}"), UUID));
    } else if line.contains(&format!("/exec/{}/json", command())) {
        reply(stream, 200, &command_description(0));
    } else if line.ends_with("/exec") {
        reply(stream, 201, &json!({ "Id": command() }));
    } else if line.contains("/json") && !line.contains("/containers/json") {
        reply(stream, 404, &json!({ "message": "No such container: the engine's words" }));
    } else {
        reply(stream, 200, &json!([]));
    }
}

/// Returns a container as the engine describes it.
pub(crate) fn container_description(name: &str, project: &str) -> Value {
    let labels = json!({ "com.docker.compose.project": project });
    json!({
        "Id": container(), "Name": name, "Config": { "Labels": labels }, "State": { "Pid": 1 },
        "HostConfig": { "Privileged": false, "PidMode": "" },
    })
}

/// Returns a command as the engine describes it; with the pid 0 it has not begun.
pub(crate) fn command_description(pid: u32) -> Value {
    json!({
        "ID": command(), "ContainerID": container(), "Running": pid > 0, "Pid": pid,
        "ExitCode": null, "OpenStdin": false,
        "ProcessConfig": { "tty": false, "privileged": false, "entrypoint": "sh" },
    })
}

/// Answers with a JSON text.
pub(crate) fn reply(stream: &mut UnixStream, status: u16, body: &Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nServer: Docker\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    // The gate may have gone.
    let _ = stream.write_all((head + &body).as_bytes());
}
