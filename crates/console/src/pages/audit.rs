//! The page of the audit: each entry, and the check of the chain.

use maud::{Markup, html};
use serde::Deserialize;

use super::audit_entries_table::{Entries, Entry, who};
use crate::frame::{Frame, Section, framed};
use crate::parts::layout::{head, panel, problem};
use crate::parts::table::{empty, paging, table, with_query};
use crate::parts::text::{badge, time, toned_badge};
use crate::{Loaded, Tone, paths};

/// The outcome of a check of the chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainCheck {
    /// True if every entry follows from the one before.
    pub intact: bool,
    /// The number of entries that were checked.
    pub entries: u64,
    /// The number of earlier entries, which were not checked.
    #[serde(default)]
    pub earlier: u64,
    /// The finding, in one sentence.
    #[serde(default)]
    pub finding: Option<String>,
}

/// The content of the page of the audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The entries.
    pub entries: Loaded<Entries>,
    /// The check of the company's chain; absent if the person may not see it.
    pub chain: Option<Loaded<ChainCheck>>,
    /// True on the first page of the list.
    pub is_first: bool,
}

/// Returns the page.
pub fn audit(frame: &Frame, view: &Audit) -> Markup {
    let content = html! {
        (head("Audit", "Every authenticated call leaves an entry. Each entry contains the digest of the previous one, so no entry can be changed or removed unnoticed."))
        div.stack {
            @if let Some(check) = &view.chain { (chain(check)) }
            section.panel.flush {
                div.panel-head { h2 { "Entries" } }
                @match &view.entries {
                    Ok(list) if list.entries.is_empty() => { (empty("No entries yet", "The first call makes the first entry.", None)) }
                    Ok(list) => {
                        (table("Entries", &["Call", "By", "Through", "Resource", "Outcome", "When", "Request"], list.entries.iter().map(row)))
                        @let next = list.next.as_deref().map(|next| with_query(paths::AUDIT, &[("next", next)]));
                        (paging((!view.is_first).then_some(paths::AUDIT), next.as_deref()))
                    }
                    Err(why) => { (problem(why)) }
                }
            }
        }
    };
    framed(frame, Section::Audit, "Audit", &content)
}

fn chain(check: &Loaded<ChainCheck>) -> Markup {
    panel(
        "Your company's audit chain",
        false,
        &html! {
            @match check {
                Ok(check) => {
                    div.row {
                        @if check.intact { (badge("intact")) } @else { (toned_badge(Tone::Bad, "broken")) }
                        span { (check.entries) " entries checked" }
                        @if check.earlier > 0 { span.muted { (check.earlier) " earlier ones not" } }
                    }
                    @if let Some(finding) = &check.finding { p.muted { (finding) } }
                }
                Err(why) => { (problem(why)) }
            }
        },
    )
}

fn row(entry: &Entry) -> Vec<Markup> {
    vec![
        html! { span.mono { (entry.tool) } @if let Some(count) = entry.repeats { span.muted { " ×" (count) } } },
        who(entry.actor.as_ref()),
        html! { (entry.surface) },
        html! { @if let Some(resource) = &entry.resource { span.mono { (resource) } } },
        badge(&entry.outcome),
        time(entry.at),
        html! { span.mono { (entry.request_id) } },
    ]
}
