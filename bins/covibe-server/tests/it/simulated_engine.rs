//! The Docker Engine of the host on which the sandbox's simulated Coolify deploys.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::binary;

#[test]
fn the_sandbox_has_an_engine_on_a_private_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(binary::path());
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
    command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
    command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let described: Value = serde_json::from_str(&line).expect("JSON");
    let engine = &described["upstreams"]["docker"];
    assert!(engine["sandbox_token"].is_string(), "{engine}");
    let socket = engine["url"].as_str().and_then(|url| url.strip_prefix("unix://"));
    let socket = socket.expect("the path of a socket");
    assert!(socket.starts_with('/') && socket.ends_with("docker.sock"), "{socket}");
    let mode = std::fs::metadata(socket).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut connection = UnixStream::connect(socket).expect("a connection");
    let request = b"GET /v1.44/containers/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
    connection.write_all(request).expect("a request");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("coolify-proxy"), "{answer}");
    child.kill().expect("its end");
    child.wait().expect("its end");
}
