//! The deliveries that wait, and those that were sent. They are sent one after the other, by a thread that
//! the first one starts.

use std::collections::VecDeque;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use ring::hmac;
use serde_json::{Value, json};
use url::Url;

use super::payload::Repository;
use super::{allowed_hosts, send};
use crate::core::clock::Clock;
use crate::core::random;
use crate::core::request_types::Reply;
use crate::gitea::options::Settings;
use crate::gitea::repository::Moved;

/// The maximum number of deliveries that are kept.
const KEPT: usize = 1_000;

/// The deliveries of an instance; every clone is the same.
#[derive(Clone)]
pub(crate) struct Deliveries {
    clock: Clock,
    waiting: Arc<Mutex<Option<mpsc::Sender<Waiting>>>>,
    log: Arc<Mutex<VecDeque<Delivery>>>,
}

/// A hook, as far as deliveries need it.
pub(crate) struct Target {
    pub(crate) url: String,
    /// Signs the deliveries.
    pub(crate) secret: String,
    /// Empty for none.
    pub(crate) authorization_header: String,
    /// The pattern of the branches that it is for.
    pub(crate) branches: String,
}

impl Target {
    /// Of the patterns that Gitea knows, this knows whole names, `*` and `**`.
    fn is_for(&self, branch: &str) -> bool {
        matches!(self.branches.as_str(), "" | "*" | "**") || self.branches == branch
    }
}

/// A delivery, and what became of it.
#[derive(Clone)]
struct Delivery {
    uuid: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    /// The status of the answer, or the reason why it is missing.
    outcome: Option<Result<u16, String>>,
}

/// A delivery that is to be sent, and where deliveries may go.
struct Waiting {
    delivery: Delivery,
    due: Instant,
    allowed: String,
    is_lost: bool,
}

impl Deliveries {
    /// Creates an empty queue.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, waiting: Arc::default(), log: Arc::default() }
    }

    /// Queues what hooks send after a branch has moved.
    pub(crate) fn queue(
        &self,
        hooks: &[Target],
        settings: &Settings,
        repository: &Repository,
        moved: &Moved,
    ) {
        for hook in hooks.iter().filter(|hook| hook.is_for(&moved.branch)) {
            // A repository that was deleted meanwhile has nothing to report.
            let Ok(body) = repository.moved(moved) else { continue };
            self.push(new(hook, &body), settings.delivery_lag, settings);
        }
    }

    /// Queues a test of a hook; nothing for a repository without a commit.
    pub(crate) fn test(
        &self,
        hook: &Target,
        settings: &Settings,
        repository: &Repository,
    ) -> Result<(), Reply> {
        if let Some(body) = repository.tested()? {
            self.push(new(hook, &body), settings.delivery_lag, settings);
        }
        Ok(())
    }

    /// Sends a delivery again as it was, at once; false for one that is not known.
    pub(crate) fn repeat(&self, uuid: &str, settings: &Settings) -> bool {
        let known = self.log.lock().iter().find(|one| one.uuid == uuid).cloned();
        let is_known = known.is_some();
        if let Some(known) = known {
            self.push(Delivery { outcome: None, ..known }, Duration::ZERO, settings);
        }
        is_known
    }

    /// Lists the last deliveries, oldest first.
    pub(crate) fn list(&self) -> Value {
        self.log.lock().iter().map(Delivery::to_json).collect()
    }

    fn push(&self, delivery: Delivery, after: Duration, settings: &Settings) {
        let due = self.clock.now() + after;
        let (allowed, is_lost) = (settings.webhook_hosts.clone(), settings.lost_deliveries);
        let mut waiting = self.waiting.lock();
        let sender = waiting.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel();
            let (clock, log) = (self.clock.clone(), Arc::clone(&self.log));
            thread::spawn(move || deliver(&receiver, &clock, &log));
            sender
        });
        // The thread ends after its last sender only.
        let _ = sender.send(Waiting { delivery, due, allowed, is_lost });
    }
}

impl Delivery {
    fn to_json(&self) -> Value {
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut shown = json!({ "uuid": self.uuid, "url": self.url, "headers": headers,
                                "body": self.body });
        match &self.outcome {
            Some(Ok(status)) => shown["status"] = json!(status),
            Some(Err(why)) => shown["lost"] = json!(why),
            None => {}
        }
        shown
    }
}

/// Sends what comes, one after the other, each when it is due.
fn deliver(waiting: &mpsc::Receiver<Waiting>, clock: &Clock, log: &Mutex<VecDeque<Delivery>>) {
    for Waiting { mut delivery, due, allowed, is_lost } in waiting {
        clock.sleep_until(due);
        let outcome = match delivery.url.parse::<Url>() {
            _ if is_lost => Err("lost".to_owned()),
            Ok(url) if !allowed_hosts::allows(&allowed, &url) => {
                Err("ALLOWED_HOST_LIST".to_owned())
            }
            Ok(url) => send::post(&url, &delivery.headers, delivery.body.as_bytes())
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        delivery.outcome = Some(outcome);
        let mut log = log.lock();
        if log.len() == KEPT {
            log.pop_front();
        }
        log.push_back(delivery);
    }
}

/// Returns the delivery of a body by a hook, with the headers of 1.25.
fn new(hook: &Target, body: &Value) -> Delivery {
    let digits = random::hex(32);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    let body = serde_json::to_string_pretty(body).unwrap_or_default();
    let sign = |algorithm| {
        let key = hmac::Key::new(algorithm, hook.secret.as_bytes());
        hex::encode(hmac::sign(&key, body.as_bytes()))
    };
    let (mut sha1, mut sha256) = (String::new(), String::new());
    if !hook.secret.is_empty() {
        sha1 = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
        sha256 = sign(hmac::HMAC_SHA256);
    }
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-Gitea-Delivery", uuid.clone()),
        ("X-Gitea-Event", "push".to_owned()),
        ("X-Gitea-Event-Type", "push".to_owned()),
        ("X-Gitea-Signature", sha256.clone()),
        ("X-Gogs-Delivery", uuid.clone()),
        ("X-Gogs-Event", "push".to_owned()),
        ("X-Gogs-Event-Type", "push".to_owned()),
        ("X-Gogs-Signature", sha256.clone()),
        ("X-Hub-Signature", format!("sha1={sha1}")),
        ("X-Hub-Signature-256", format!("sha256={sha256}")),
        ("X-GitHub-Delivery", uuid.clone()),
        ("X-GitHub-Event", "push".to_owned()),
        ("X-GitHub-Event-Type", "push".to_owned()),
    ];
    if !hook.authorization_header.is_empty() {
        headers.push(("Authorization", hook.authorization_header.clone()));
    }
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Delivery { uuid, url: hook.url.clone(), headers, body, outcome: None }
}
