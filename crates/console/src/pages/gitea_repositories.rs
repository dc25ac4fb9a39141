//! The repositories of the workspace.

use covibe_domain::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::frame::{Frame, Section, framed};
use crate::parts::layout::{head, problem};
use crate::parts::table::{empty, paging, table, with_query};
use crate::parts::text::{tag, time_or};
use crate::{Loaded, paths};

/// The answer of `repos.list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Repositories {
    /// The repositories.
    pub repos: Vec<Repository>,
    /// The cursor of the next page; `None` on the last one.
    #[serde(default)]
    pub next: Option<String>,
}

/// A repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// Its name.
    pub repo: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// Its default branch.
    pub branch: String,
    /// True if it has no commit.
    #[serde(default)]
    pub empty: bool,
    /// True if it is read-only.
    #[serde(default)]
    pub archived: bool,
    /// True if other repositories can be created from it.
    #[serde(default)]
    pub template: bool,
    /// The time of its last change.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// The address of its page in Gitea.
    pub web_url: String,
}

/// Returns the page. `is_first` says whether it is the first one of the list.
pub fn code(frame: &Frame, view: &Loaded<Repositories>, is_first: bool) -> Markup {
    let content = html! {
        (head("Code", "The repositories of the workspace's organisation."))
        section.panel.flush {
            @match view {
                Ok(list) if list.repos.is_empty() => {
                    (empty("No repositories yet", "Agents create them, or push to them. Connect an agent to begin.", Some(("Set up an agent", paths::AGENTS))))
                }
                Ok(list) => {
                    (table("Repositories", &["Repository", "Branch", "Kind", "Changed"], list.repos.iter().map(row)))
                    (paging((!is_first).then_some(paths::CODE), next(list).as_deref()))
                }
                Err(why) => { (problem(why)) }
            }
        }
    };
    framed(frame, Section::Code, "Code", &content)
}

fn next(list: &Repositories) -> Option<String> {
    list.next.as_deref().map(|next| with_query(paths::CODE, &[("next", next)]))
}

fn row(repo: &Repository) -> Vec<Markup> {
    vec![
        html! {
            a href=(repo.web_url) rel="noreferrer" { (repo.repo) }
            @if !repo.description.is_empty() { br; span.small.muted { (repo.description) } }
        },
        html! { @if repo.empty { span.muted { "no commit yet" } } @else { span.mono { (repo.branch) } } },
        html! {
            @if repo.archived { (tag("archived")) " " }
            @if repo.template { (tag("template")) }
            @if !repo.archived && !repo.template { span.muted { "repository" } }
        },
        time_or(repo.updated_at, "not known"),
    ]
}
