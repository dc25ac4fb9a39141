//! Calls, as the audit has them.

use covibe_domain::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::parts::badge::{badge, words};
use crate::parts::table::table;
use crate::parts::time::time;

/// An entry of the audit.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The time of the call.
    pub at: Timestamp,
    /// Who called.
    #[serde(default)]
    pub actor: Option<Actor>,
    /// The name of the operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: String,
    /// What became of it.
    pub outcome: String,
    /// What it acted on.
    #[serde(default)]
    pub resource: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// The id of the request.
    pub request_id: String,
    /// How many calls it stands for, if not one.
    #[serde(default)]
    pub repeats: Option<u64>,
}

/// Who called.
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
    /// What the next page is asked for with.
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

/// Returns who called.
pub(super) fn who(actor: Option<&Actor>) -> Markup {
    let Some(actor) = actor else { return html! { span.muted { "unknown" } } };
    let name = actor.name.as_deref().unwrap_or(&actor.id);
    html! {
        span { (name) }
        @if let Some(agent) = &actor.agent_type { " " span.muted.small { (super::settings::agents::agent_title(agent)) } }
        @else if actor.kind != "key" { " " span.muted.small { (words(&actor.kind)) } }
    }
}
