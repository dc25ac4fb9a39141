//! Sending the recorded requests to a simulator.

use std::collections::BTreeMap;

use covibe_sandbox::Simulator;
use serde_json::Value;

use super::comparison;
use super::recording::{Recording, Step};
use crate::simulator_client::{Client, HttpAnswer, basic};

/// The upstream, which decides on the authentication of requests.
#[derive(Clone, Copy)]
enum Upstream {
    Coolify,
    Gitea,
}

/// A simulator, and its own values in place of the recorded ids and tokens.
pub(super) struct Replay {
    upstream: Upstream,
    client: Client,
    given: BTreeMap<String, String>,
    admin: String,
}

impl Replay {
    pub(super) fn of_coolify(simulator: Simulator) -> Self {
        Self::new(Upstream::Coolify, simulator, "")
    }

    pub(super) fn of_gitea(simulator: Simulator, admin: &str) -> Self {
        Self::new(Upstream::Gitea, simulator, admin)
    }

    fn new(upstream: Upstream, simulator: Simulator, admin: &str) -> Self {
        let client = Client::new(simulator);
        Self { upstream, client, given: BTreeMap::new(), admin: admin.to_owned() }
    }

    /// Sends every step in order and describes each whose answer differs.
    pub(super) async fn differences(mut self, recording: &Recording) -> Vec<String> {
        let mut found = Vec::new();
        for step in &recording.steps {
            let answer = self.send(step).await;
            let body = body_of(&answer);
            self.learn(step, &body);
            let differences = comparison::differences(step, answer.status, &body);
            if !differences.is_empty() {
                found.push(format!("{step}\n    {}", differences.join("\n    ")));
            }
        }
        found
    }

    async fn send(&mut self, step: &Step) -> HttpAnswer {
        let token = step.token.as_deref().map(|name| self.authorization(name));
        self.client.authorization = token;
        let request = self.client.request(&step.method, &self.fill_ids(&step.path));
        let request = match &step.request {
            Some(body) => {
                let body = self.fill_ids(&body.to_string());
                request.header("Content-Type", "application/json").body(body)
            }
            None => request,
        };
        Client::send(request.header("Accept", "application/json")).await
    }

    /// Returns the `Authorization` header of a recorded token.
    fn authorization(&self, name: &str) -> String {
        let own = self.client.simulator.token.expose();
        let bot = self.given.get("bot").map_or("", String::as_str);
        let unknown = "f".repeat(40);
        match (self.upstream, name) {
            (Upstream::Coolify, "root") => format!("Bearer {own}"),
            (Upstream::Coolify, other) => format!("Bearer {other}"),
            (Upstream::Gitea, "admin") => format!("token {own}"),
            (Upstream::Gitea, "bot") => format!("token {bot}"),
            (Upstream::Gitea, "basic:admin") => basic(&self.admin, own),
            (Upstream::Gitea, "basic:wrong") => basic(&self.admin, "wrong"),
            (Upstream::Gitea, "basic:bot") => basic("probe-bot", bot),
            (Upstream::Gitea, _) => format!("token {unknown}"),
        }
    }

    /// Replaces the recorded names of ids by those that the simulator has given.
    fn fill_ids(&self, text: &str) -> String {
        let replace = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.given.iter().fold(text.to_owned(), replace)
    }

    /// Notes the parts of an answer that later requests need.
    fn learn(&mut self, step: &Step, answer: &Value) {
        for (name, pointer) in &step.keeps {
            let value = answer.pointer(pointer).map(plain).unwrap_or_default();
            self.given.insert(name.clone(), value);
        }
        self.pair(&step.response, answer);
    }

    /// Pairs each recorded name of an id, such as `{uuid7}`, with the text in its place. The first
    /// pairing stays.
    fn pair(&mut self, recorded: &Value, answered: &Value) {
        match (recorded, answered) {
            (Value::Object(recorded), Value::Object(answered)) => {
                for (name, value) in recorded {
                    self.pair(value, answered.get(name).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(recorded), Value::Array(answered)) => {
                recorded.iter().zip(answered).for_each(|(one, other)| self.pair(one, other));
            }
            (Value::String(recorded), Value::String(answered)) => {
                let name = recorded.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                if let Some(name) = name.filter(|name| name.ends_with(|c: char| c.is_ascii_digit()))
                {
                    self.given.entry(name.to_owned()).or_insert_with(|| answered.clone());
                }
            }
            _ => {}
        }
    }
}

/// Returns a text or number as it stands in a path.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the body: JSON, or else its text.
fn body_of(answer: &HttpAnswer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|_| Value::String(answer.text.clone()))
}
