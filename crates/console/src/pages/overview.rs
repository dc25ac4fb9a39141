//! The overview: the state of the workspace, and the next steps.

use covibe_domain::entities::{Step, StepState};
use maud::{Markup, html};
use serde::Deserialize;

use super::audit_entries_table::{Entry, entries};
use super::settings::agent_connections::{Agents, connect};
use crate::frame::{Frame, Section, framed};
use crate::parts::form::csrf;
use crate::parts::layout::{head, panel, problem};
use crate::parts::table::empty;
use crate::parts::text::{badge, time};
use crate::{Loaded, paths};

/// The content of the overview.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The answer of `workspace.describe`.
    pub workspace: Loaded<Workspace>,
    /// The number of apps, and of those that run.
    pub apps: Loaded<Count>,
    /// The number of databases, and of those that run.
    pub databases: Loaded<Count>,
    /// The number of repositories, and true if there are more.
    pub repositories: Loaded<(usize, bool)>,
    /// The number of keys.
    pub keys: Loaded<usize>,
    /// The instructions for connecting the first agent, in a workspace without keys.
    pub agents: Agents,
    /// The newest calls.
    pub calls: Loaded<Vec<Entry>>,
}

/// The answer of `workspace.describe`, as far as the page shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The status of provisioning; `ready` if the workspace can be used.
    pub provision_status: String,
    /// The pattern of the hosts of its apps.
    pub domain_namespace: String,
    /// Its organisation in Gitea.
    pub gitea_org: String,
    /// The steps of provisioning that are not done.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// True while a run sets it up.
    #[serde(default)]
    pub is_being_provisioned: bool,
}

impl Workspace {
    /// Returns whether all steps are done, and none of them has failed since.
    fn is_provisioned(&self) -> bool {
        let has_failed = self.steps.iter().any(|step| step.state == StepState::Failed);
        self.provision_status == "ready" && !has_failed
    }
}

/// The number of resources of a kind, and of those that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All.
    pub all: usize,
    /// Those that run.
    pub running: usize,
}

/// Returns the page.
pub fn overview(frame: &Frame, view: &Overview) -> Markup {
    let title = frame.workspace_name().unwrap_or("Overview").to_owned();
    let content = html! {
        (head(&title, ""))
        div.stack.loose {
            @match &view.workspace {
                Ok(workspace) => { (state(frame, workspace)) }
                Err(why) => { (problem(why)) }
            }
            @if matches!(view.keys, Ok(0)) { (first_steps(frame, &view.agents)) }
            (figures(view))
            (recent(&view.calls))
        }
    };
    framed(frame, Section::Overview, "Overview", &content)
}

fn state(frame: &Frame, workspace: &Workspace) -> Markup {
    panel(
        "Workspace",
        false,
        &html! {
            dl.facts {
                dt { "State" } dd { (badge(&workspace.provision_status)) }
                dt { "Addresses" } dd.mono { (workspace.domain_namespace) }
                dt { "Code" } dd.mono { (workspace.gitea_org) }
            }
            @if workspace.is_being_provisioned { (being_set_up(workspace)) }
            @else if !workspace.is_provisioned() { (provisioning(frame, workspace)) }
        },
    )
}

/// Returns how far a run is that sets the workspace up. The script of the page follows it to its end.
fn being_set_up(workspace: &Workspace) -> Markup {
    html! {
        h3 { "Being set up" }
        div.stack data-setup=(paths::SETUP) {
            p.muted role="status" data-setup-state { "This takes a few seconds. Reload the page to see the progress." }
            (steps(&workspace.steps))
        }
    }
}

/// Renders the progress of provisioning, and the form that begins it or goes on with it.
fn provisioning(frame: &Frame, workspace: &Workspace) -> Markup {
    let (said, label) = if workspace.steps.is_empty() {
        ("Nothing is set up for this workspace in Gitea and Coolify yet.", "Provision")
    } else {
        ("Completed steps are kept.", "Continue")
    };
    html! {
        h3 { "Provisioning" }
        (steps(&workspace.steps))
        form.row method="post" action=(paths::PROVISION) {
            (csrf(&frame.csrf))
            button.button.primary type="submit" { (label) }
            span.muted { (said) }
        }
    }
}

fn steps(steps: &[Step]) -> Markup {
    html! {
        @if !steps.is_empty() {
            ul.stack.tight role="list" {
                @for step in steps {
                    li.row {
                        (badge(step.state.as_str())) span { (step.name) } span.small.muted { (time(step.at)) }
                        @if let (StepState::Failed, Some(error)) = (step.state, &step.error) { span { (error) } }
                        @if let Some(hint) = &step.hint { span.muted { (hint) } }
                    }
                }
            }
        }
    }
}

fn figures(view: &Overview) -> Markup {
    let running = |count: &Loaded<Count>| match count {
        Ok(Count { all: 0, .. }) => ("0".to_owned(), "none yet".to_owned()),
        Ok(Count { all, running }) => (all.to_string(), format!("{running} running")),
        Err(_) => unknown(),
    };
    let code = match &view.repositories {
        Ok((count, has_more)) => {
            (format!("{count}{}", if *has_more { "+" } else { "" }), "in Gitea".to_owned())
        }
        Err(_) => unknown(),
    };
    let keys = view
        .keys
        .as_ref()
        .map_or_else(|_| unknown(), |count| (count.to_string(), "for agents".to_owned()));
    let shown = [
        ("Apps", paths::LIVE, running(&view.apps)),
        ("Databases", paths::LIVE, running(&view.databases)),
        ("Repositories", paths::CODE, code),
        ("Keys", paths::KEYS, keys),
    ];
    html! {
        ul.figures role="list" {
            @for (name, path, (number, note)) in shown {
                li { a href=(path) { span.muted { (name) } strong { (number) } span.small.muted { (note) } } }
            }
        }
    }
}

fn unknown() -> (String, String) {
    ("–".to_owned(), "unknown".to_owned())
}

fn first_steps(frame: &Frame, agents: &Agents) -> Markup {
    html! {
        (connect("Connect your first agent", frame, agents))
        (panel(
            "Then",
            false,
            &html! {
                ol.steps {
                    li { div { h3 { "Ask your agent for something" } p.muted { "Such as: “Create an app from this repository and deploy it.”" } } }
                    li { div { h3 { "Watch it here" } p.muted { a href=(paths::ACTIVITY) { "Activity" } " shows each call, and " a href=(paths::LIVE) { "Live" } " shows what is running." } } }
                }
            },
        ))
    }
}

fn recent(calls: &Loaded<Vec<Entry>>) -> Markup {
    html! {
        section.panel.flush {
            div.panel-head { h2 { "Recent calls" } a href=(paths::ACTIVITY) { "All activity" } }
            @match calls {
                Ok(calls) if calls.is_empty() => {
                    (empty("No calls yet", "The calls of agents in this workspace appear here.", None))
                }
                Ok(calls) => { (entries("Recent calls", calls)) }
                Err(why) => { (problem(why)) }
            }
        }
    }
}
