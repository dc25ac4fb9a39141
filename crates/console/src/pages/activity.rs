//! The page of the calls and sessions of agents.

use maud::{Markup, html};

use super::agent_sessions::{Repositories, repositories};
use super::audit_entries_table::{Entries, entries};
use crate::frame::{Frame, Section, framed};
use crate::parts::form::{Field, Form, select};
use crate::parts::layout::{head, problem};
use crate::parts::table::{empty, paging, with_query};
use crate::{Loaded, paths};

/// The filters of the list; an empty text does not filter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// An agent: `claude-code`, `codex`, `cursor` or `other`.
    pub agent: String,
    /// A tool, or the beginning of its name.
    pub tool: String,
    /// `ok`, or the code of a failure.
    pub outcome: String,
    /// The cursor of the page; empty for the first one.
    pub next: String,
}

impl Filter {
    fn is_empty(&self) -> bool {
        [&self.agent, &self.tool, &self.outcome].iter().all(|text| text.is_empty())
    }

    fn path(&self, next: &str) -> String {
        let pairs = [
            ("agent", &*self.agent),
            ("tool", &self.tool),
            ("outcome", &self.outcome),
            ("next", next),
        ];
        with_query(paths::ACTIVITY, &pairs)
    }
}

const AGENTS: [(&str, &str); 6] = [
    ("", "All agents"),
    ("claude-code", "Claude Code"),
    ("codex", "Codex"),
    ("cursor", "Cursor"),
    ("companion", "Companion"),
    ("other", "Others"),
];

const OUTCOMES: [(&str, &str); 10] = [
    ("", "All outcomes"),
    ("ok", "OK"),
    ("forbidden", "Forbidden"),
    ("invalid", "Invalid"),
    ("not_found", "Not found"),
    ("conflict", "Conflict"),
    ("rejected", "Rejected"),
    ("limited", "Limited"),
    ("upstream", "Upstream failed"),
    ("timeout", "Timeout"),
];

/// Returns the page.
pub fn activity(
    frame: &Frame,
    filter: &Filter,
    view: &Loaded<Entries>,
    work: &Loaded<Repositories>,
) -> Markup {
    let content = html! {
        (head("Activity", "The sessions of agents on your machines, and the calls in this workspace, newest first. Calls that a page of the console made only to show something are listed only if you filter by operation or outcome."))
        div.stack {
            @if filter.is_empty() && filter.next.is_empty() { (repositories(work)) }
            (filters(filter))
            section.panel.flush aria-label="Calls" {
                @match view {
                    Ok(list) if list.entries.is_empty() => { (empty_list(filter)) }
                    Ok(list) => {
                        (entries("Calls", &list.entries))
                        @let first = filter.path("");
                        @let next = list.next.as_deref().map(|next| filter.path(next));
                        (paging((!filter.next.is_empty()).then_some(&*first), next.as_deref()))
                    }
                    Err(why) => { (problem(why)) }
                }
            }
        }
    };
    framed(frame, Section::Activity, "Activity", &content)
}

fn filters(filter: &Filter) -> Markup {
    let form = Form::default().with("tool", &filter.tool);
    let tool = Field::text("tool", "tool", "Tool").optional().max(60);
    html! {
        form.panel.stack method="get" action=(paths::ACTIVITY) role="search" aria-label="Filter calls" {
            div.fields {
                (select("agent", "agent", "Agent", &AGENTS, &filter.agent))
                (tool.show(&form))
                (select("outcome", "outcome", "Outcome", &OUTCOMES, &filter.outcome))
            }
            div.row {
                button.button type="submit" { "Filter" }
                @if !filter.is_empty() { a href=(paths::ACTIVITY) { "Show all" } }
            }
        }
    }
}

fn empty_list(filter: &Filter) -> Markup {
    if filter.is_empty() {
        return empty(
            "No calls yet",
            "Connect an agent: its calls appear here.",
            Some(("Set up an agent", paths::AGENTS)),
        );
    }
    empty("No calls match", "Choose other filters.", Some(("Show all", paths::ACTIVITY)))
}
