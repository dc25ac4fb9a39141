//! The processes of an SSH server's connections.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Signals the server's children, one for each connection, and their children, which serve the connection once it is
/// signed in.
pub(crate) fn signal(folder: &Path, signal: &str) {
    let server = fs::read_to_string(folder.join("pid")).expect("the server's pid");
    let connections = children(server.trim());
    let servants: Vec<_> = connections.iter().flat_map(|pid| children(pid)).collect();
    let is_ours = |pid: &&String| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sshd")
    };
    let all: Vec<_> = connections.iter().chain(&servants).filter(is_ours).collect();
    assert!(!all.is_empty(), "there is no connection");
    // One may end by itself when the other is signalled.
    let _ = Command::new("kill").arg(format!("-{signal}")).args(all).output();
}

fn children(pid: &str) -> Vec<String> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    listed.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
