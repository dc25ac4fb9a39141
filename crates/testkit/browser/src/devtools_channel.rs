//! The connection to the browser's process: calls with their answers, and events by session.
//!
//! The messages go through a pipe and not through a port, so that nobody else can drive the browser, and so that it
//! ends when this process does.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::devtools_messages;

/// The time after which a test that hangs ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The browser reads messages from descriptor 3 and writes them to 4.
const START: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// No window, no traffic of the browser's own, and no services that a machine for tests lacks.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // As root, the browser starts only without its sandbox. It opens pages of tests only.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

type Answer = oneshot::Sender<Value>;

/// An event of a session.
pub(crate) struct Event {
    pub(crate) method: String,
    pub(crate) params: Value,
}

pub(crate) struct Channel {
    next: AtomicU64,
    into: Mutex<ChildStdin>,
    calls: Mutex<HashMap<u64, Answer>>,
    sessions: Mutex<HashMap<String, mpsc::UnboundedSender<Event>>>,
    // Both live as long as the browser.
    _child: Child,
    _profile: tempfile::TempDir,
}

impl Channel {
    /// Starts the browser.
    pub(crate) fn start(program: &Path) -> Arc<Self> {
        let profile = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("sh");
        command.args(["-c", START]).arg(program).args(ARGUMENTS);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a browser");
        let (into, from) = (child.stdin.take().expect("a pipe"), child.stdout.take());
        let channel = Arc::new(Self {
            next: AtomicU64::new(1),
            into: Mutex::new(into),
            calls: Mutex::default(),
            sessions: Mutex::default(),
            _child: child,
            _profile: profile,
        });
        let reader = Arc::clone(&channel);
        std::thread::spawn(move || reader.read(BufReader::new(from.expect("a pipe"))));
        channel
    }

    /// Calls a method and waits for its result.
    ///
    /// # Panics
    ///
    /// If the browser refuses the call, ends, or does not answer.
    pub(crate) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let (answer, answered) = oneshot::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.calls.lock().insert(id, answer);
        self.send(id, session, method, &params);
        let answer = tokio::time::timeout(PATIENCE, answered).await;
        let answer = answer.unwrap_or_else(|_| panic!("{method} takes too long"));
        let mut answer = answer.unwrap_or_else(|_| panic!("the browser ended during {method}"));
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    /// Calls a method without waiting for it.
    pub(crate) fn send(&self, id: u64, session: Option<&str>, method: &str, params: &Value) {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        // A browser that ended is noticed by the call that waits.
        let _ = devtools_messages::write(&mut *self.into.lock(), &message);
    }

    /// Returns the events of a session from now on.
    pub(crate) fn events(&self, session: &str) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.sessions.lock().insert(session.to_owned(), sender);
        receiver
    }

    /// Closes a page together with its browser context.
    pub(crate) fn close(&self, session: &str, context: &str) {
        self.sessions.lock().remove(session);
        let params = json!({ "browserContextId": context });
        self.send(0, None, "Target.disposeBrowserContext", &params);
    }

    fn read(&self, mut from: impl std::io::BufRead) {
        while let Some(mut message) = devtools_messages::read(&mut from) {
            if let Some(id) = message["id"].as_u64() {
                if let Some(waiting) = self.calls.lock().remove(&id) {
                    let _ = waiting.send(message);
                }
                continue;
            }
            let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
            let method = message["method"].as_str().unwrap_or_default().to_owned();
            let event = Event { method, params: message["params"].take() };
            if let Some(sender) = self.sessions.lock().get(&session) {
                let _ = sender.send(event);
            }
        }
        // Calls that wait fail: the browser has ended.
        self.calls.lock().clear();
        self.sessions.lock().clear();
    }
}
