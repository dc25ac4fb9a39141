//! Bridges that a file in a repository starts with an environment of its own.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::{Arc, Mutex};

use covibe_companion::credentials::{Credentials, NetworkVariables, StoredKey, note_network};
use covibe_companion::progress_output::Recorder;
use covibe_companion::{CompanionHome, Origin};
use covibe_domain::Secret;
use covibe_domain::entities::AgentType;

use crate::bridge_client::Bridge;
use crate::developer_machine::{Laptop, Run, binary};

/// A server that notes the head of each request.
struct Listener {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// Starts a server that gives no answer.
    fn start() -> Self {
        Self::answering("")
    }

    /// Starts a server that answers each request as a healthy one answers `/api/health`.
    fn healthy() -> Self {
        let body = r#"{"status":"ok","version":"2.4.0"}"#;
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        Self::answering(&format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}"))
    }

    fn answering(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&requests), answer.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                let mut head = String::new();
                let mut reader = BufReader::new(&stream);
                while reader.read_line(&mut head).is_ok_and(|length| length > 2) {}
                // The head is noted before the connection ends, which a bridge waits for.
                noted.lock().expect("no panic").push(head);
                let _closed = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// Returns the command of a bridge that is not the copy in the companion's folder.
fn bridge(laptop: &Laptop) -> Command {
    let program = laptop.file("covibe-mcp");
    if !program.exists() {
        symlink(binary(), &program).expect("a link");
    }
    let mut command = laptop.program(program);
    command.args(["--agent", "codex"]);
    command
}

/// Returns the answer of a bridge to the first message of an agent.
fn initialize(command: Command) -> String {
    Bridge::start_command(command).initialize().to_string()
}

fn store_keys(home: &CompanionHome, server: &str) {
    let server = Origin::judge(server).expect("an origin").origin;
    let key = StoredKey { token: Secret::new("vibn_sk_stored"), expires_at: None };
    let insert = |credentials: &mut Credentials| {
        for agent in [AgentType::Codex, AgentType::Companion] {
            credentials.insert(&server, "mark", agent, &key);
        }
    };
    Credentials::update(home, insert).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_connects_to_a_proxy_only_after_a_person_confirmed_it() {
    let (laptop, proxy) = (Laptop::new().await, Listener::start());
    let home = CompanionHome::at(laptop.file(".covibe"));
    store_keys(&home, "https://covibe.example.com");
    let ask = || {
        let mut command = bridge(&laptop);
        command.env("HTTPS_PROXY", &proxy.address);
        initialize(command)
    };
    let refused = ask();
    let hint = "covibe-local login --base-url https://covibe.example.com";
    assert!(refused.contains("HTTPS_PROXY") && refused.contains(hint), "{refused}");
    assert!(proxy.requests().is_empty(), "{:?}", proxy.requests());

    let mut headers = laptop.companion(&["mcp-headers", "--agent", "codex"]);
    headers.env("CLAUDE_CODE_MCP_SERVER_URL", "https://covibe.example.com/api/mcp");
    let run = Run::to_end(headers.env("HTTPS_PROXY", &proxy.address));
    assert_eq!((run.code, run.stdout.trim()), (Some(0), "{}"), "{run:#?}");

    let mut doctor = laptop.companion(&["doctor", "--base-url", "https://covibe.example.com"]);
    let run = Run::to_end(doctor.env("HTTPS_PROXY", &proxy.address));
    assert!(run.stdout.contains("WARN  proxy.noted"), "{run:#?}");
    let before = proxy.requests().len();

    // As an agent runs it: without a terminal.
    let mut login = laptop.companion(&["login", "--base-url", "https://covibe.example.com"]);
    let run = Run::to_end(login.env("HTTPS_PROXY", &proxy.address));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stderr.contains("No person can confirm the values of HTTPS_PROXY"), "{run:#?}");
    let refused = ask();
    assert!(refused.contains("HTTPS_PROXY") && refused.contains(hint), "{refused}");
    assert_eq!(proxy.requests().len(), before, "{:?}", proxy.requests());

    let address = OsString::from(&proxy.address);
    let confirmed = NetworkVariables::from_values([("HTTPS_PROXY", address)]);
    note_network(&home, &confirmed, &Recorder::default()).expect("a file");
    let connected = ask();
    assert!(connected.contains("cannot be reached"), "{connected}");
    let requests = proxy.requests().split_off(before);
    assert!(requests[0].starts_with("CONNECT covibe.example.com:443 "), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_environment_is_not_sent_to_a_server_that_another_folder_names() {
    let (laptop, server) = (Laptop::new().await, Listener::start());
    let repository = laptop.repository("shop");
    let unpacked = laptop.file("unpacked");
    store_keys(&CompanionHome::at(&unpacked), &server.address);
    for (variable, value, folder) in [
        ("HOME", repository.clone(), repository.join(".covibe")),
        ("COVIBE_HOME", repository.join("a/".repeat(70)), repository.join("a/".repeat(70))),
        ("COVIBE_HOME", unpacked.clone(), unpacked),
    ] {
        fs::create_dir_all(&folder).unwrap();
        let settings = format!("{{\"default_server\":\"{}\"}}", server.address);
        fs::write(folder.join("config.json"), settings).unwrap();
        let mut command = bridge(&laptop);
        command.env("COVIBE_MCP_TOKEN", "vibn_sk_environment").env(variable, &value);
        let refused = initialize(command);
        assert!(refused.contains("\"error\""), "{variable}: {refused}");
        assert!(server.requests().is_empty(), "{variable}: {:?}", server.requests());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_sends_a_key_of_the_environment_only_where_setup_ran_with_it() {
    let (laptop, server) = (Laptop::new().await, Listener::healthy());
    let mut doctor = laptop.companion(&["doctor", "--agents", "codex", "--no-service"]);
    doctor.env("COVIBE_BASE_URL", &server.address);
    let run = Run::to_end(doctor.env("COVIBE_MCP_TOKEN", "vibn_sk_environment"));
    assert!(run.stdout.contains("PASS  server.health"), "{run:#?}");
    assert!(run.stdout.contains("WARN  key.codex"), "{run:#?}");
    assert!(run.stdout.contains("was not tried"), "{run:#?}");
    let requests = server.requests();
    assert!(requests.iter().any(|head| head.starts_with("GET /api/health ")), "{requests:?}");
    assert!(requests.iter().all(|head| !head.contains("vibn_sk_environment")), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_environment_is_sent_after_setup_ran_with_it() {
    let laptop = Laptop::with_agents(&[".codex"]).await;
    let key = laptop.world.mark.agent.key.as_ref().expect("a key").expose().to_owned();
    let ask = |key: &str| {
        let mut command = bridge(&laptop);
        command.env("COVIBE_MCP_TOKEN", key);
        initialize(command)
    };
    let mut setup = laptop.companion(&["setup", "--base-url", &laptop.origin, "--no-service"]);
    let run = Run::to_end(setup.env("COVIBE_MCP_TOKEN", &key));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let answer = ask(&key);
    assert!(answer.contains("\"name\":\"co-vibe\""), "{answer}");
    let refused = ask("vibn_sk_another");
    assert!(refused.contains("covibe-local setup --base-url"), "{refused}");
    let mut doctor = laptop.companion(&["doctor", "--base-url", &laptop.origin]);
    let run = Run::to_end(doctor.env("COVIBE_MCP_TOKEN", "vibn_sk_another"));
    assert!(run.stdout.contains("WARN  key.variable"), "{run:#?}");
}
