//! The Docker Engine of the host on which the sandbox's simulated Coolify deploys.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox_process::Sandbox;

#[test]
fn the_sandbox_has_a_simulated_docker_engine_on_a_private_socket() {
    let sandbox = Sandbox::start();
    sandbox.text("/upstreams/docker/sandbox_token");
    let socket = sandbox.socket();
    assert!(socket.starts_with('/') && socket.ends_with("docker.sock"), "{socket}");
    let mode = std::fs::metadata(&socket).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let listed = sandbox.engine("/containers/json").to_string();
    assert!(listed.contains("coolify-proxy"), "{listed}");
}
