//! The configurations of proxies in `docs/behind-a-proxy.md`, read by these proxies where they are
//! installed, with the server behind them.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::json;
use tempfile::TempDir;

use crate::server_process::Server;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/behind-a-proxy.md");

/// A proxy in a folder of its own; it is killed when this is dropped.
struct Proxy {
    process: Child,
    _folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

/// A server behind nginx, which listens at the address.
struct Scene {
    address: String,
    _proxy: Proxy,
    _server: Server,
    world: World,
}

/// Returns the contents of the page's blocks in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = fs::read_to_string(PAGE).expect("the page");
    let begin = format!("```{language}\n");
    let blocks = page.split(&begin).skip(1);
    blocks.map(|rest| rest.split("```").next().expect("an end").to_owned()).collect()
}

/// Returns the first of them.
fn block(language: &str) -> String {
    blocks(language).into_iter().next().expect("a block")
}

/// Returns the block with these replacements. Each text must occur.
fn replace_in_block(language: &str, replacements: &[(&str, &str)]) -> String {
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

/// Starts a proxy in a folder, and waits until it listens at the address.
async fn start(program: &str, arguments: &[&str], folder: TempDir, address: &str) -> Proxy {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path()).env("HOME", folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = command.spawn().expect("the proxy starts");
    let proxy = Proxy { process, _folder: folder };
    listening(address).await;
    proxy
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

/// Calls the server through the proxy at this address: over REST and MCP, more than once on a connection, and with a
/// body that is too large, whose refusal is the server's.
async fn calls_pass(world: &World, address: &str) {
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
async fn nginx_passes_calls_with_the_documented_configuration() {
    let Some(scene) = server_behind_nginx().await else { return };
    calls_pass(&scene.world, &scene.address).await;
}

/// A delivery of Gitea names every changed file.
#[tokio::test(flavor = "multi_thread")]
async fn nginx_passes_deliveries_above_the_limit_of_other_bodies() {
    let Some(scene) = server_behind_nginx().await else { return };
    let agent = Agent::new(&format!("http://{}", scene.address), "", None);
    let body = Some("x".repeat(4 << 20));
    let answer = agent.send("POST", "/api/hooks/gitea", &[], body).await;
    assert_eq!(answer.status, 401, "it is the server's: {}", answer.text);
    assert!(answer.json()["error"].is_string(), "{}", answer.text);
}

/// Starts a server behind nginx with the page's block for one server; `None` where nginx is not installed.
async fn server_behind_nginx() -> Option<Scene> {
    if !is_installed("nginx") {
        return None;
    }
    let (world, address) = (World::embedded().await, free_address());
    let server = Server::start_with(&world, &[("COVIBE_TRUSTED_PROXIES", "127.0.0.1")]);
    let behind = server.origin().trim_start_matches("http://");
    let own = of_nginx(&address).replace("127.0.0.1:8787", behind);
    let proxy = start_nginx(&own, &address).await;
    Some(Scene { address, _proxy: proxy, _server: server, world })
}

/// Returns the page's block for nginx, at an address without TLS.
fn of_nginx(address: &str) -> String {
    replace_in_block(
        "nginx",
        &[
            ("listen 443 ssl", &format!("listen {address}")),
            ("server_name covibe.example.com", "server_name 127.0.0.1"),
            ("    ssl_certificate /etc/ssl/covibe/fullchain.pem;\n", ""),
            ("    ssl_certificate_key /etc/ssl/covibe/privkey.pem;\n", ""),
        ],
    )
}

/// Starts nginx with these blocks of a configuration, which has it listen at the address.
async fn start_nginx(own: &str, address: &str) -> Proxy {
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = kinds.map(|kind| format!("{kind}_temp_path {kind};\n")).concat();
    let whole = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{paths}{own}}}\n"
    );
    fs::write(folder.path().join("nginx.conf"), whole).expect("a file");
    let prefix = format!("{}/", folder.path().display());
    let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"];
    start("nginx", &arguments, folder, address).await
}

/// nginx leaves a server out for ten seconds that refused a connection, unless it is told not to.
#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_two_servers_behind_nginx_restart_one_after_the_other() {
    if !is_installed("nginx") {
        return;
    }
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let (address, places) = (free_address(), [free_address(), free_address()]);
    let start_at = |place: &str| {
        let variables = [
            ("COVIBE_BIND", place),
            ("COVIBE_TRUSTED_PROXIES", "127.0.0.1"),
            ("COVIBE_DRAIN_SECONDS", "1"),
        ];
        tokio::task::block_in_place(|| Server::start_with(&world, &variables))
    };
    let mut servers: Vec<_> = places.iter().map(|place| start_at(place)).collect();
    let several = blocks("nginx").into_iter().nth(1).expect("a block for several servers");
    let alone = of_nginx(&address);
    let (_, rest) = alone.split_once("}\n").expect("an end of the block for one server");
    let own = format!("{several}{rest}").replace("127.0.0.1:8787", &places[0]);
    let own = own.replace("127.0.0.1:8788", &places[1]);
    let _proxy = start_nginx(&own, &address).await;
    let member = &world.mark.agent;
    let agent = Agent::new(&format!("http://{address}"), &member.slug, member.key.clone());
    let is_over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(call_until_over(agent.clone(), Arc::clone(&is_over))))
        .collect();
    for place in &places {
        let server = servers.remove(0);
        server.signal("TERM");
        let (status, log) = tokio::task::block_in_place(|| server.wait_for_end());
        assert!(status.success(), "{log}");
        servers.push(start_at(place));
    }
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        let (answered, failed) = caller.await.expect("no panic");
        assert!(answered > 10 && failed.is_empty(), "{answered}, {failed:?}");
    }
}

/// Calls until it is over. Returns how many calls were answered, and the answers to others.
async fn call_until_over(agent: Agent, is_over: Arc<AtomicBool>) -> (usize, Vec<(u16, String)>) {
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    let (mut answered, mut failed) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let answer = agent.send("GET", &path, &[], None).await;
        if answer.status == 200 {
            answered += 1;
        } else {
            failed.push((answer.status, answer.text));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (answered, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_passes_calls_with_the_documented_configuration() {
    if !is_installed("caddy") {
        return;
    }
    let (world, address) = (World::embedded().await, free_address());
    let server = Server::start_with(&world, &[("COVIBE_TRUSTED_PROXIES", "127.0.0.1")]);
    let origin = format!("http://{address}");
    let own = replace_in_block(
        "caddyfile",
        &[("127.0.0.1:8787", server.origin()), ("covibe.example.com", &origin)],
    );
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{own}"))
        .expect("a file");
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    let _proxy = start("caddy", &arguments, folder, &address).await;
    calls_pass(&world, &address).await;
}

/// The server accepts photos of 2 MiB, and deliveries of Gitea of 16 MiB.
#[test]
fn the_deployed_caddy_accepts_slightly_larger_bodies_than_the_server() {
    if !is_installed("caddy") {
        return;
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/Caddyfile");
    let mut command = Command::new("caddy");
    command.args(["adapt", "--config", file, "--adapter", "caddyfile"]);
    let output = command.env("COVIBE_HOSTED_URL", "https://covibe.example.com").output();
    let output = output.expect("caddy runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let adapted = String::from_utf8_lossy(&output.stdout);
    for size in [3 << 20, 17 << 20] {
        assert!(adapted.contains(&format!("\"max_size\":{size}")), "{size}: {adapted}");
    }
}

/// Traefik is in no distribution, so that only what depends on the server is compared.
#[test]
fn the_documented_traefik_configuration_matches_the_server() {
    let block = block("yaml");
    for line in ["url: http://127.0.0.1:8787", "path: /api/health", "idleConnTimeout: 60s"] {
        assert!(block.contains(line), "{line}");
    }
}
