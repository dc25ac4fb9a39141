//! The sessions of agents on people's machines, and the repositories that they work in.

use covibe_domain::Timestamp;
use covibe_domain::companion::{Counters, Overlap, RepositoryRef, Session, SnapshotBody};
use maud::{Markup, html};

use super::settings::agent_connections::agent_title;
use crate::parts::layout::{problem, remark};
use crate::parts::table::{empty, table};
use crate::parts::text::{tag, time, toned_badge};
use crate::{Loaded, Tone, paths};

/// A session of an agent.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The name of the machine.
    pub machine: String,
    /// The repository.
    pub repo: RepositoryRef,
    /// The session.
    pub session: Session,
}

/// A worktree of a repository.
#[derive(Clone, Debug)]
pub struct WorktreeRow {
    /// The name of the machine.
    pub machine: String,
    /// The repository.
    pub repo: RepositoryRef,
    /// The state.
    pub snapshot: SnapshotBody,
    /// The time of the state.
    pub at: Timestamp,
}

/// The sessions and repositories of a workspace.
#[derive(Clone, Debug, Default)]
pub struct Repositories {
    /// The sessions, the latest first.
    pub sessions: Vec<SessionRow>,
    /// The worktrees, the latest first.
    pub worktrees: Vec<WorktreeRow>,
    /// The pairs of worktrees that change the same files.
    pub overlaps: Vec<Overlap>,
}

/// Returns the sections of the page of the activity.
pub(super) fn repositories(view: &Loaded<Repositories>) -> Markup {
    let view = match view {
        Ok(view) => view,
        Err(why) => return problem(why),
    };
    html! {
        @if !view.overlaps.is_empty() { (warning(view)) }
        section.panel.flush aria-labelledby="sessions" {
            div.panel-head { h2 #sessions { "Sessions" } }
            @if view.sessions.is_empty() {
                (empty(
                    "No sessions yet",
                    "The companion on a developer's machine reports the sessions of its agents.",
                    Some(("Set up an agent", paths::AGENTS)),
                ))
            } @else { (sessions(&view.sessions)) }
        }
        @if !view.worktrees.is_empty() {
            section.panel.flush aria-labelledby="repositories" {
                div.panel-head { h2 #repositories { "Repositories" } }
                (worktrees(&view.worktrees))
            }
        }
    }
}

fn warning(view: &Repositories) -> Markup {
    remark(
        Tone::Warn,
        &html! {
            @for overlap in &view.overlaps {
                @let name = view.worktrees.iter().find(|row| row.repo.key == overlap.repo);
                p {
                    (name.map_or("A repository", |row| &row.repo.name)) ": "
                    (overlap.files) @if overlap.files == 1 { " file is" } @else { " files are" }
                    " changed in two places, one of them on " (overlap.machine)
                    @if let Some(branch) = &overlap.branch { " (" (branch) ")" } "."
                }
            }
        },
    )
}

fn sessions(rows: &[SessionRow]) -> Markup {
    let columns = [
        "Agent",
        "Repository",
        "Machine",
        "State",
        "Started",
        "Last event",
        "Prompts",
        "Tools",
        "Tokens",
    ];
    let row = |row: &SessionRow| {
        let Session { agent, model, started_at, last_event_at, ended_at, counters, .. } =
            &row.session;
        let tools = counters.tools;
        let calls = tools.edit.saturating_add(tools.shell).saturating_add(tools.mcp);
        vec![
            html! { (agent_title(agent)) @if let Some(model) = model { " " (tag(model)) } },
            repository(&row.repo),
            html! { (row.machine) },
            if ended_at.is_some() {
                toned_badge(Tone::Idle, "ended")
            } else {
                toned_badge(Tone::Good, "open")
            },
            time(*started_at),
            time(*last_event_at),
            html! { (counters.turns) },
            html! { (calls.saturating_add(tools.other)) },
            tokens(counters),
        ]
    };
    html! {
        (table("Sessions", &columns, rows.iter().map(row)))
        p.small.muted.pad { "The agents report the numbers of tokens. No prices are shown." }
    }
}

fn tokens(counters: &Counters) -> Markup {
    let Some(tokens) = counters.tokens else {
        return html! { span.muted { "not reported" } };
    };
    let input = tokens.input.saturating_add(tokens.cache_read).saturating_add(tokens.cache_write);
    html! { (input) " in, " (tokens.output) " out" }
}

fn worktrees(rows: &[WorktreeRow]) -> Markup {
    let columns = ["Repository", "Branch", "Machine", "Not committed", "Not pushed", "Seen"];
    let row = |row: &WorktreeRow| {
        let SnapshotBody { worktree, head, upstream, dirty, in_progress, .. } = &row.snapshot;
        vec![
            html! { (repository(&row.repo)) @if worktree.is_linked { " " (tag("worktree")) } },
            html! {
                (head.branch.as_deref().unwrap_or("detached"))
                @if let Some(word) = in_progress { " " (toned_badge(Tone::Warn, word)) }
            },
            html! { (row.machine) },
            html! {
                (dirty.staged.saturating_add(dirty.unstaged).saturating_add(dirty.untracked))
                @if dirty.conflicted > 0 { " " (toned_badge(Tone::Bad, "conflict")) }
            },
            html! {
                @if let Some(upstream) = upstream {
                    (upstream.ahead) " commits"
                    @if upstream.behind > 0 { ", " (upstream.behind) " behind" }
                } @else { span.muted { "no upstream" } }
            },
            time(row.at),
        ]
    };
    table("Repositories", &columns, rows.iter().map(row))
}

fn repository(repo: &RepositoryRef) -> Markup {
    html! {
        (repo.name)
        @if let Some(remote) = &repo.remote { div.small.muted { (remote) } }
    }
}
