//! The order in which keys are looked for.

use std::env;

use covibe_domain::entities::AgentType;
use covibe_domain::{Secret, Timestamp};

use super::Credentials;
use crate::origin::Origin;

/// The variable with a key that a person minted.
pub const TOKEN_VARIABLE: &str = "COVIBE_MCP_TOKEN";

/// The place that a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `--token`.
    Flag,
    /// [`TOKEN_VARIABLE`].
    Variable,
    /// `credentials.json`.
    File,
}

impl KeySource {
    /// Returns the place, as a sentence names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "--token",
            Self::Variable => "COVIBE_MCP_TOKEN",
            Self::File => "credentials.json",
        }
    }
}

/// A key and its source.
#[derive(Clone, Debug)]
pub struct SelectedKey {
    /// The key.
    pub token: Secret,
    /// The place that it comes from.
    pub source: KeySource,
    /// When it expires, if that is known.
    pub expires_at: Option<Timestamp>,
}

impl SelectedKey {
    /// Returns its prefix and its last four characters, which may be shown.
    pub fn masked(&self) -> String {
        let text = self.token.expose();
        let prefix = if text.starts_with("vibn_sk_") { "vibn_sk_" } else { "" };
        let rest = &text[prefix.len()..];
        match rest.char_indices().rev().nth(3) {
            Some((at, _)) if rest.len() > 16 => format!("{prefix}…{}", &rest[at..]),
            _ => format!("{prefix}…"),
        }
    }
}

/// Returns the key for an agent: the flag's, then the variable's, then the file's.
pub fn select_key(
    flag: Option<&Secret>,
    credentials: &Credentials,
    server: &Origin,
    agent: AgentType,
) -> Option<SelectedKey> {
    let given = |token: Secret, source| SelectedKey { token, source, expires_at: None };
    if let Some(token) = flag {
        return Some(given(token.clone(), KeySource::Flag));
    }
    // The service uses its own key alone: that of an agent can do more than the service needs.
    let variable = env::var(TOKEN_VARIABLE).ok().map(|text| text.trim().to_owned());
    if let Some(text) = variable.filter(|text| !text.is_empty() && agent != AgentType::Companion) {
        return Some(given(Secret::new(text), KeySource::Variable));
    }
    let key = credentials.key(server, agent)?;
    Some(SelectedKey { token: key.token, source: KeySource::File, expires_at: key.expires_at })
}
