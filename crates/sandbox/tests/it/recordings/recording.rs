//! The recorded exchanges.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// The exchanges with one upstream, in their order.
#[derive(Deserialize)]
pub(super) struct Recording {
    pub(super) steps: Vec<Step>,
}

/// One exchange.
#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) method: String,
    /// The path below `/api/v1`, with the query.
    pub(super) path: String,
    /// The name of the token that the request had; `None` without credentials.
    pub(super) token: Option<String>,
    /// The JSON body of the request.
    pub(super) request: Option<Value>,
    pub(super) status: u16,
    pub(super) response: Value,
    /// The kinds of each member of an answer that was too long to be kept whole, such as
    /// `"[].name": "str|null"`.
    #[serde(default)]
    pub(super) shape: Option<BTreeMap<String, String>>,
    /// The answers of other versions, if they differ.
    #[serde(default)]
    elsewhere: BTreeMap<String, Elsewhere>,
    /// The parts of this answer that later steps need: a name, and a JSON pointer into the answer.
    #[serde(default)]
    pub(super) keeps: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Elsewhere {
    status: Option<u16>,
}

impl Recording {
    /// Reads the recording of `coolify` or `gitea`.
    pub(super) fn read(upstream: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
        let text = std::fs::read(folder.join(upstream).with_extension("json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

impl Step {
    /// Returns whether another version answers with that status.
    pub(super) fn is_status_elsewhere(&self, status: u16) -> bool {
        self.elsewhere.values().any(|other| other.status == Some(status))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, token, request, .. } = self;
        write!(f, "{method} {path} [{}]", token.as_deref().unwrap_or("-"))?;
        match request {
            Some(body) => write!(f, " {:.120}", body.to_string()),
            None => Ok(()),
        }
    }
}
