//! Approving a device: a computer on which agents are set up.

use maud::{Markup, html};

use super::settings::agent_connections::agent_title;
use crate::frame::{WorkspaceChoice, wide};
use crate::parts::form::{Field, Form, csrf};
use crate::parts::layout::{problem, remark};
use crate::parts::text::span;
use crate::{Problem, Tone, paths};

/// A device that waits for a decision.
#[derive(Clone, Debug, Default)]
pub struct DeviceApproval {
    /// The code that the device shows, such as `WDJB-MJHT`.
    pub code: String,
    /// The name of the device, which it chose itself.
    pub machine: String,
    /// The agents that it asks for, as it named them.
    pub agents: Vec<String>,
    /// The network address that asked.
    pub address: String,
    /// The time since its request, in seconds.
    pub age: u64,
    /// The workspaces that the person may give access to.
    pub workspaces: Vec<WorkspaceChoice>,
    /// The slug of the one that is chosen at first.
    pub workspace: Option<String>,
    /// The person's address.
    pub email: String,
    /// The value of the hidden field `csrf`.
    pub csrf: String,
    /// The reason why a decision was not accepted.
    pub problem: Option<Problem>,
}

/// Returns the page that asks for the code. The form is sent by GET to [`paths::DEVICE`] with `code`.
pub fn enter_code(form: &Form) -> Markup {
    let code = Field::text("code", "code", "Code")
        .max(16)
        .hint("8 letters, as the terminal shows them: XXXX-XXXX.");
    let content = html! {
        div.panel.stack {
            div { h1 { "Connect a device" } p.muted { "Enter the code that the setup shows in the terminal." } }
            (form.summary())
            form.stack.code-input method="get" action=(paths::DEVICE) {
                (code.show(form))
                button.button.primary.full type="submit" { "Continue" }
            }
        }
    };
    wide("Connect a device", &content)
}

/// Returns the page that asks for the decision. The form is sent to [`paths::DEVICE`] with `code`, `workspace` (a
/// slug) and `decision`, which is `approve` or `deny`.
pub fn decide(view: &DeviceApproval) -> Markup {
    let content = html! {
        div.panel.stack {
            div { h1 { "Approve this device?" } p.muted { "Signed in as " (view.email) "." } }
            @if let Some(why) = &view.problem { (problem(why)) }
            div { p.small.muted { "The terminal must show this code:" } span.user-code { (view.code) } }
            (facts(view))
            (remark(Tone::Warn, &html! {
                p { "Approve only a setup that you started yourself. Whoever started it gets keys that act in the workspace on your behalf." }
            }))
            form.stack method="post" action=(paths::DEVICE) {
                (csrf(&view.csrf))
                input type="hidden" name="code" value=(view.code);
                (workspace(view))
                div.fields {
                    button.button.primary.full type="submit" name="decision" value="approve" { "Approve" }
                    button.button.full type="submit" name="decision" value="deny" { "Deny" }
                }
            }
        }
    };
    wide("Approve a device", &content)
}

fn facts(view: &DeviceApproval) -> Markup {
    let agents: Vec<_> = view.agents.iter().map(|agent| agent_title(agent)).collect();
    html! {
        dl.facts {
            dt { "Machine" } dd { (view.machine) }
            dt { "Agents" } dd { (agents.join(", ")) }
            dt { "Network address" } dd.mono { (view.address) }
            dt { "Requested" } dd { (span(view.age)) " ago" }
        }
    }
}

fn workspace(view: &DeviceApproval) -> Markup {
    html! {
        @if let [only] = view.workspaces.as_slice() {
            input type="hidden" name="workspace" value=(only.slug);
            p { "Workspace: " strong { (only.name) } }
        } @else {
            div.field {
                label for="workspace" { "Workspace" }
                select #workspace name="workspace" {
                    @for choice in &view.workspaces {
                        option value=(choice.slug) selected[view.workspace.as_ref() == Some(&choice.slug)] { (choice.name) }
                    }
                }
            }
        }
    }
}

/// The outcome of the decision on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceDecision {
    /// It was approved now.
    Approved,
    /// It was denied now.
    Denied,
    /// Its code is unknown, has expired, or was decided on before.
    Gone,
}

/// Returns the page that reports the outcome of a decision.
pub fn decision_page(outcome: DeviceDecision) -> Markup {
    let (title, tone, text) = match outcome {
        DeviceDecision::Approved => (
            "Device approved",
            Tone::Good,
            "Return to the terminal: the setup continues by itself.",
        ),
        DeviceDecision::Denied => {
            ("Device denied", Tone::Idle, "The device gets no keys. You can close this page.")
        }
        DeviceDecision::Gone => (
            "This code does not work",
            Tone::Warn,
            "A code works once, and only for 10 minutes. Start the setup again for a new one.",
        ),
    };
    let content = html! {
        div.panel.stack {
            h1 { (title) }
            (remark(tone, &html! { p { (text) } }))
            div.row {
                @if outcome == DeviceDecision::Gone { a.button.primary href=(paths::DEVICE) { "Enter a code" } }
                a.button href=(paths::OVERVIEW) { "Go to the console" }
            }
        }
    };
    wide(title, &content)
}
