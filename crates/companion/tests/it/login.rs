//! The device flow, against a server that answers as ours does, and against one that lies.

use std::sync::Mutex;
use std::time::Duration;

use covibe_companion::credentials::Credentials;
use covibe_companion::login::{Login, Pace, Surroundings, Waited, lacking_keys, logout};
use covibe_companion::progress_output::Recorder;
use covibe_companion::server::Server;
use covibe_companion::{Agent, CompanionHome, Exit, Problem};
use covibe_domain::entities::AgentType;
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::scripted_server::{Reply, StubServer};

/// Time that passes at once.
#[derive(Default)]
pub(crate) struct FastPace {
    pub(crate) waits: Mutex<Vec<u64>>,
    pub(crate) opened: Mutex<Vec<String>>,
    pub(crate) interrupt_after: Option<usize>,
}

impl Pace for FastPace {
    fn wait(&self, duration: Duration) -> BoxFuture<'_, Waited> {
        let mut waits = self.waits.lock().unwrap();
        waits.push(duration.as_secs());
        let is_over = self.interrupt_after.is_some_and(|count| waits.len() > count);
        Box::pin(async move { if is_over { Waited::Interrupted } else { Waited::Passed } })
    }

    fn open(&self, page: &str) -> bool {
        self.opened.lock().unwrap().push(page.to_owned());
        true
    }
}

pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        is_terminal: true,
        is_ssh: false,
        is_ci: false,
        is_device_asked: false,
        is_browser_refused: false,
        machine: "laptop".to_owned(),
    }
}

pub(crate) fn started_reply(origin: &str) -> Reply {
    let body = json!({
        "device_code": "secret-device-code", "user_code": "WDJB-MJHT",
        "verification_uri": format!("{origin}/setup/authorize"),
        "verification_uri_complete": format!("{origin}/setup/authorize?code=WDJB-MJHT"),
        "expires_in": 600, "interval": 5,
    });
    (200, "", body)
}

pub(crate) fn approved(origin: &str, agents: &[&str]) -> Reply {
    let tokens: Vec<_> = agents
        .iter()
        .map(|agent| json!({ "agent": agent, "token": format!("vibn_sk_{agent}"), "expires_at": "2099-01-01T00:00:00Z" }))
        .collect();
    let body =
        json!({ "status": "approved", "workspace": "shop", "origin": origin, "tokens": tokens });
    (200, "", body)
}

pub(crate) fn error(error: &str) -> Reply {
    (400, "", json!({ "error": error, "hint": "x" }))
}

struct Flow {
    _folder: tempfile::TempDir,
    home: CompanionHome,
    server: Server,
    stub: StubServer,
    pace: FastPace,
    reporter: Recorder,
    surroundings: Surroundings,
}

impl Flow {
    async fn new(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stub = StubServer::start(replies).await;
        Self {
            home: CompanionHome::at(folder.path().join(".covibe")),
            server: Server::new(stub.origin.clone()).unwrap(),
            stub,
            _folder: folder,
            pace: FastPace::default(),
            reporter: Recorder::default(),
            surroundings: surroundings(),
        }
    }

    async fn run(&self) -> Result<String, Problem> {
        let login = Login {
            home: &self.home,
            server: &self.server,
            reporter: &self.reporter,
            surroundings: &self.surroundings,
            pace: &self.pace,
        };
        login.run(&[AgentType::Codex, AgentType::Companion]).await
    }

    fn waits(&self) -> Vec<u64> {
        self.pace.waits.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn login_stores_the_keys_once_a_person_approves() {
    let flow = Flow::new(|origin| {
        vec![
            started_reply(origin),
            error("authorization_pending"),
            (400, "", json!({ "error": "slow_down", "interval": 10 })),
            (429, "retry-after: 30\r\n", json!({ "error": "limited" })),
            (503, "", json!({})),
            approved(origin, &["codex", "companion", "claude-code"]),
        ]
    })
    .await;
    assert_eq!(flow.run().await.unwrap(), "shop");
    assert_eq!(flow.waits(), [5, 5, 10, 30, 10]);
    let asked = flow.stub.requests();
    assert_eq!(
        asked[0],
        (
            "POST /api/setup/device".to_owned(),
            json!({ "machine_name": "laptop", "agents": ["codex", "companion"] })
        )
    );
    let poll = json!({ "device_code": "secret-device-code" });
    assert!(
        asked[1..].iter().all(|it| *it == ("POST /api/setup/device/poll".to_owned(), poll.clone()))
    );
    let credentials = Credentials::load(&flow.home).unwrap();
    let key = credentials.key(&flow.stub.origin, AgentType::Companion).unwrap();
    assert_eq!(key.token.expose(), "vibn_sk_companion");
    assert!(
        credentials.key(&flow.stub.origin, AgentType::ClaudeCode).is_none(),
        "it was not asked for"
    );
    let page = format!("{}/setup/authorize?code=WDJB-MJHT", flow.stub.origin);
    let text = flow.reporter.text();
    assert!(text.contains("Code: WDJB-MJHT") && text.contains(&page), "{text}");
    assert!(!text.contains("secret-device-code") && !text.contains("vibn_sk_"), "{text}");
    assert_eq!(*flow.pace.opened.lock().unwrap(), [page]);
}

#[tokio::test]
async fn unsuccessful_logins_store_nothing() {
    for (reply, exit, word) in [
        (error("access_denied"), Exit::Denied, "denied"),
        (error("expired_token"), Exit::Denied, "expired"),
        (error("consumed"), Exit::Denied, "already"),
        (error("authorization_pending"), Exit::Denied, "expired"),
        ((409, "", json!({})), Exit::Denied, "more keys"),
        ((500, "", json!({})), Exit::Unavailable, "usable"),
        ((200, "", json!({ "tokens": [] })), Exit::Failed, "not understand"),
    ] {
        let flow = Flow::new(|origin| vec![started_reply(origin), reply]).await;
        let problem = flow.run().await.unwrap_err();
        assert_eq!(problem.exit, exit, "{problem}");
        assert!(problem.message.contains(word) && problem.hint.is_some(), "{problem}");
        assert!(!flow.home.path("credentials.json").exists());
    }
}

#[tokio::test]
async fn an_interrupted_login_stores_nothing() {
    let mut flow =
        Flow::new(|origin| vec![started_reply(origin), error("authorization_pending")]).await;
    flow.pace.interrupt_after = Some(2);
    assert_eq!(flow.run().await.unwrap_err().exit, Exit::Interrupted);
    assert!(!flow.home.root().exists());
}

#[tokio::test]
async fn keys_for_another_server_are_refused() {
    for origin in ["https://evil.example.com", "http://127.0.0.1:1", ""] {
        let flow =
            Flow::new(|real| vec![started_reply(real), approved(origin, &["codex", "companion"])])
                .await;
        let problem = flow.run().await.unwrap_err();
        assert!(problem.message.contains("another server"), "{problem}");
        assert!(!flow.home.path("credentials.json").exists());
    }
}

#[tokio::test]
async fn malicious_texts_of_a_server_are_neither_shown_nor_opened() {
    for (member, value) in [
        ("user_code", json!("\u{1b}]0;evil\u{7}")),
        ("user_code", json!("")),
        ("verification_uri_complete", json!("file:///etc/passwd")),
        ("verification_uri_complete", json!("https://evil.example.com/setup/authorize")),
        ("device_code", json!("")),
        ("expires_in", json!(-1)),
    ] {
        let flow = Flow::new(|origin| {
            let (status, headers, mut body) = started_reply(origin);
            body[member] = value.clone();
            vec![(status, headers, body)]
        })
        .await;
        assert_eq!(flow.run().await.unwrap_err().exit, Exit::Failed, "{member} {value}");
        assert!(flow.pace.opened.lock().unwrap().is_empty() && flow.reporter.lines().is_empty());
    }
}

#[tokio::test]
async fn a_server_without_device_login_is_reported_as_outdated() {
    let reply: Reply = (400, "", json!({ "error": "raw text of the server" }));
    let flow = Flow::new(|_| vec![reply]).await;
    let problem = flow.run().await.unwrap_err();
    assert!(problem.to_string().contains("Update the server"), "{problem}");
    assert!(!problem.to_string().contains("raw text"), "{problem}");
    assert_eq!(flow.stub.requests().len(), 1);
}

#[tokio::test]
async fn login_in_a_pipeline_fails_unless_the_device_flow_is_requested() {
    let mut flow =
        Flow::new(|origin| vec![started_reply(origin), approved(origin, &["codex", "companion"])])
            .await;
    flow.surroundings.is_ci = true;
    assert_eq!(flow.run().await.unwrap_err().exit, Exit::Usage);
    assert!(flow.stub.requests().is_empty());
    flow.surroundings.is_device_asked = true;
    flow.run().await.unwrap();
    assert!(flow.pace.opened.lock().unwrap().is_empty());
}

#[tokio::test]
async fn login_requests_only_missing_keys_and_logout_removes_them() {
    let flow =
        Flow::new(|origin| vec![started_reply(origin), approved(origin, &["codex", "companion"])])
            .await;
    let lacking = |agents: &[Agent]| {
        lacking_keys(&Credentials::load(&flow.home).unwrap(), &flow.stub.origin, agents)
    };
    let agents = [Agent::Codex, Agent::Zed, Agent::Gemini];
    assert_eq!(lacking(&agents), [AgentType::Codex, AgentType::Companion, AgentType::Other]);
    flow.run().await.unwrap();
    assert_eq!(lacking(&agents), [AgentType::Other]);
    assert_eq!(logout(&flow.home, &flow.stub.origin, &flow.reporter).unwrap(), 2);
    let last = flow.reporter.lines().pop().unwrap();
    assert!(last.contains("remain valid") && last.ends_with("/console/settings/keys"), "{last}");
    assert_eq!(lacking(&agents).len(), 3);
    let problem = logout(&flow.home, &flow.stub.origin, &flow.reporter).unwrap_err();
    assert_eq!(problem.exit, Exit::NoCredentials);
}
