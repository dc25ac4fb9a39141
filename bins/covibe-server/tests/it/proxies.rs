//! The configurations of proxies in `docs/behind-a-proxy.md`, read by these proxies where they are
//! installed, with the server behind them.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::server::Server;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/behind-a-proxy.md");

/// A proxy; it is killed when this is dropped.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Returns the contents of the page's block in this language.
fn block(language: &str) -> String {
    let page = fs::read_to_string(PAGE).expect("the page");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("a block");
    rest.split("```").next().expect("an end").to_owned()
}

/// Returns the block with these replacements. Each text must occur.
fn replaced(language: &str, replacements: &[(&str, &str)]) -> String {
    replacements.iter().fold(block(language), |text, (from, to)| {
        assert!(text.contains(from), "{language} no longer says {from}");
        text.replace(from, to)
    })
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    let is_found =
        command.arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_found {
        eprintln!("skipped: {program} is not installed");
    }
    is_found
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

fn start(program: &str, arguments: &[&str], folder: &Path) -> Proxy {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Proxy(command.spawn().expect("the proxy starts"))
}

/// Waits until something listens there.
async fn listening(address: &str) {
    let connected = async {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), connected).await.expect("the proxy listens");
}

/// Starts a proxy at this address and calls the server through it: by REST and MCP, more than once on
/// a connection, and with a body that is too large, whose refusal is the server's.
async fn calls_pass(
    world: &World,
    address: &str,
    program: &str,
    arguments: &[&str],
    folder: &Path,
) {
    let _proxy = start(program, arguments, folder);
    listening(address).await;
    let member = &world.mark.agent;
    let agent = Agent::new(&format!("http://{address}"), &member.slug, member.key.clone());
    for _ in 0..3 {
        agent.compact("projects.list", &json!({})).await.expect("a list");
        agent.mcp("workspace_describe", &json!({})).await.expect("a description");
    }
    let large = json!({ "name": "a".repeat(1_100_000) });
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    let refused = agent.json("POST", &path, &large).await;
    assert_eq!(refused.status, 413);
    assert!(refused.json()["hint"].is_string(), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_passes_calls_with_the_configuration_of_the_page() {
    if !is_installed("nginx") {
        return;
    }
    let (world, address) = (World::embedded().await, free_address());
    let server = Server::start_with(&world, &[("COVIBE_TRUSTED_PROXIES", "127.0.0.1")]);
    let behind = server.origin().trim_start_matches("http://");
    let own = replaced(
        "nginx",
        &[
            ("127.0.0.1:8787", behind),
            ("listen 443 ssl", &format!("listen {address}")),
            ("server_name covibe.example.com", "server_name 127.0.0.1"),
            ("    ssl_certificate /etc/ssl/covibe/fullchain.pem;\n", ""),
            ("    ssl_certificate_key /etc/ssl/covibe/privkey.pem;\n", ""),
        ],
    );
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = kinds.map(|kind| format!("{kind}_temp_path {kind};\n")).concat();
    let whole = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{paths}{own}}}\n"
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, whole).expect("a file");
    let prefix = format!("{}/", folder.path().display());
    let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"];
    calls_pass(&world, &address, "nginx", &arguments, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_passes_calls_with_the_configuration_of_the_page() {
    if !is_installed("caddy") {
        return;
    }
    let (world, address) = (World::embedded().await, free_address());
    let server = Server::start_with(&world, &[("COVIBE_TRUSTED_PROXIES", "127.0.0.1")]);
    let origin = format!("http://{address}");
    let own = replaced(
        "caddyfile",
        &[("127.0.0.1:8787", server.origin()), ("covibe.example.com", &origin)],
    );
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{own}"))
        .expect("a file");
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    calls_pass(&world, &address, "caddy", &arguments, folder.path()).await;
}

/// Traefik is in no distribution, so that only what depends on the server is compared.
#[test]
fn the_block_for_traefik_fits_the_server() {
    let block = block("yaml");
    for line in ["url: http://127.0.0.1:8787", "path: /api/health", "idleConnTimeout: 60s"] {
        assert!(block.contains(line), "{line}");
    }
}
