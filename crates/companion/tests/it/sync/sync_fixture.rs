//! A home, repositories, and a server that answers what a test wants.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use covibe_companion::credentials::{Credentials, StoredKey};
use covibe_companion::git::Git;
use covibe_companion::server::ServerAnswer;
use covibe_companion::sync::Watcher;
use covibe_companion::uplink::{Call, CallError, Uplink};
use covibe_companion::{CompanionHome, Origin, hook};
use covibe_domain::Secret;
use covibe_domain::companion::{ActivityItem, Batch, ItemBody};
use covibe_domain::entities::AgentType;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const SALT: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// A machine with a home of the companion and a folder for repositories.
pub(crate) struct Desk {
    _folder: TempDir,
    pub(crate) root: PathBuf,
    pub(crate) home: CompanionHome,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let home = CompanionHome::at(root.join(".covibe"));
        Self { _folder: folder, home, root }
    }

    /// Returns a machine with the key of a server.
    pub(crate) fn connected() -> Self {
        let desk = Self::new();
        desk.connect("https://a.example");
        desk
    }

    pub(crate) fn connect(&self, server: &str) {
        let key = StoredKey { token: Secret::new("vibn_sk_companion"), expires_at: None };
        Credentials::update(&self.home, |credentials| {
            credentials.insert(&origin(server), "shop", AgentType::Companion, &key);
        })
        .unwrap();
    }

    /// Makes a repository with a commit.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(&path).unwrap();
        git(&path, &["init", "-q", "-b", "main"]);
        commit(&path, "a.txt", name);
        path
    }

    /// Passes an event to the hook of an agent without files of its own.
    pub(crate) fn event(&self, folder: &Path, session: &str, event: &str) {
        let text = json!({ "session": session, "event": event, "cwd": folder, "agent": "bot" });
        assert_eq!(hook::run("generic", text.to_string().as_bytes(), &self.home), "{}");
    }

    pub(crate) fn watcher<U: Uplink>(&self, uplink: U) -> Watcher<U> {
        Watcher::new(&self.home, uplink, Git::find().unwrap()).unwrap()
    }

    pub(crate) fn inbox(&self) -> Vec<String> {
        covibe_companion::inbox::Inbox::new(&self.home).names(100_000)
    }

    pub(crate) fn queued(&self) -> usize {
        covibe_companion::queue::Queue::new(&self.home).names().len()
    }
}

pub(crate) fn origin(text: &str) -> Origin {
    Origin::judge(text).unwrap().origin
}

/// Runs git without the configuration of whoever runs the test.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@a.example"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn commit(folder: &Path, file: &str, text: &str) {
    fs::write(folder.join(file), text).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "secret subject"]);
}

/// Makes a file look changed to git, with the same content.
pub(crate) fn touch(file: &Path) {
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().write(true).open(file).unwrap().set_modified(later).unwrap();
}

pub(crate) fn answer(status: u16, body: impl Into<Vec<u8>>) -> ServerAnswer {
    ServerAnswer { status, headers: HeaderMap::new(), body: body.into() }
}

type Behaviour = dyn Fn(&Batch) -> Result<ServerAnswer, CallError>;

/// A server in this process.
pub(crate) struct StubUplink {
    pub(crate) batches: RefCell<Vec<(Origin, Batch)>>,
    pub(crate) forgotten: RefCell<Vec<(Origin, String)>>,
    pub(crate) calls: Cell<usize>,
    behaviour: Box<Behaviour>,
    identity: Box<dyn Fn() -> Result<ServerAnswer, CallError>>,
}

impl StubUplink {
    /// A server that stores everything.
    pub(crate) fn honest() -> Self {
        Self::answering(|batch| Ok(answer(200, accept_all(batch).to_string())))
    }

    pub(crate) fn answering(
        behaviour: impl Fn(&Batch) -> Result<ServerAnswer, CallError> + 'static,
    ) -> Self {
        Self {
            batches: RefCell::default(),
            forgotten: RefCell::default(),
            calls: Cell::new(0),
            behaviour: Box::new(behaviour),
            identity: Box::new(|| Ok(answer(200, identity().to_string()))),
        }
    }

    pub(crate) fn with_identity(
        mut self,
        identity: impl Fn() -> Result<ServerAnswer, CallError> + 'static,
    ) -> Self {
        self.identity = Box::new(identity);
        self
    }

    pub(crate) fn items(&self) -> Vec<ActivityItem> {
        self.batches.borrow().iter().flat_map(|(_, batch)| batch.items.clone()).collect()
    }

    pub(crate) fn snapshots(&self) -> Vec<covibe_domain::companion::SnapshotBody> {
        let body = |item: ActivityItem| match item.body {
            ItemBody::Snapshot(body) => Some(body),
            ItemBody::Session(_) => None,
        };
        self.items().into_iter().filter_map(body).collect()
    }

    pub(crate) fn sessions(&self) -> Vec<covibe_domain::companion::Session> {
        let body = |item: ActivityItem| match item.body {
            ItemBody::Session(body) => Some(body),
            ItemBody::Snapshot(_) => None,
        };
        self.items().into_iter().filter_map(body).collect()
    }
}

pub(crate) fn identity() -> Value {
    json!({ "workspace": "shop", "salt": SALT, "serverVersion": "2.4.0", "retentionDays": 90 })
}

pub(crate) fn accept_all(batch: &Batch) -> Value {
    let item = |item: &ActivityItem| json!({ "id": item.id, "status": "accepted" });
    json!({ "items": batch.items.iter().map(item).collect::<Vec<_>>() })
}

impl Uplink for &StubUplink {
    async fn call(&self, server: &Origin, call: Call<'_>) -> Result<ServerAnswer, CallError> {
        self.calls.set(self.calls.get() + 1);
        match call {
            Call::Identity => (self.identity)(),
            Call::Batch(batch) => {
                self.batches.borrow_mut().push((server.clone(), batch.clone()));
                (self.behaviour)(batch)
            }
            Call::Forget { repo, .. } => {
                self.forgotten.borrow_mut().push((server.clone(), repo.to_string()));
                Ok(answer(204, ""))
            }
        }
    }

    fn key_tag(&self, _: &Origin) -> Option<String> {
        Some("key".to_owned())
    }
}
