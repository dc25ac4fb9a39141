//! The table of audit entries, which several pages have.

use covibe_domain::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::parts::table::table;
use crate::parts::text::{badge, time, words};

/// An entry of the audit.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The time of the call.
    pub at: Timestamp,
    /// The actor; `None` if it is unknown.
    #[serde(default)]
    pub actor: Option<Actor>,
    /// The name of the operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: String,
    /// `ok`, or the code of the failure.
    pub outcome: String,
    /// The resource that it acted on.
    #[serde(default)]
    pub resource: Option<String>,
    /// Its duration in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// The id of the request.
    pub request_id: String,
    /// The number of calls that it stands for, if not one.
    #[serde(default)]
    pub repeats: Option<u64>,
}

/// The API key or the person that called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// `key` or `person`.
    pub kind: String,
    /// The id.
    pub id: String,
    /// The name of the key or person, while there is one.
    #[serde(default)]
    pub name: Option<String>,
    /// The agent that the key is for.
    #[serde(default)]
    pub agent_type: Option<String>,
}

/// A page of entries, newest first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entries {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The cursor of the next page; `None` on the last one.
    #[serde(default)]
    pub next: Option<String>,
}

/// Returns a table of entries.
pub(super) fn entries(caption: &str, entries: &[Entry]) -> Markup {
    let rows = entries.iter().map(|entry| {
        vec![
            html! { span.mono { (entry.tool) } @if let Some(count) = entry.repeats { span.muted { " ×" (count) } } },
            who(entry.actor.as_ref()),
            html! { @if let Some(resource) = &entry.resource { span.mono { (resource) } } },
            badge(&entry.outcome),
            html! { (entry.duration_ms) "\u{a0}ms" },
            time(entry.at),
        ]
    });
    table(caption, &["Call", "By", "Resource", "Outcome", "Took", "When"], rows)
}

/// Returns the name of the actor, with the agent or the kind.
pub(super) fn who(actor: Option<&Actor>) -> Markup {
    let Some(actor) = actor else { return html! { span.muted { "unknown" } } };
    let name = actor.name.as_deref().unwrap_or(&actor.id);
    html! {
        span { (name) }
        @if let Some(agent) = &actor.agent_type { " " span.muted.small { (super::settings::agent_connections::agent_title(agent)) } }
        @else if actor.kind != "key" { " " span.muted.small { (words(&actor.kind)) } }
    }
}
