//! How agents are connected.

use maud::{Markup, html};

use super::{Tab, page};
use crate::Frame;
use crate::parts::code::block;
use crate::parts::head::panel;
use crate::paths;

/// What the page for connecting agents shows.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    /// The command that installs the companion, as the operator chose it.
    pub install: String,
    /// The origin of this server.
    pub origin: String,
    /// How each client is connected without the companion.
    pub clients: Vec<Client>,
}

/// A client.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Unique among the clients: letters, digits and hyphens.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What to do with the form, and where the key comes from.
    pub instructions: String,
    /// The command to run, or the content of the file to write.
    pub form: String,
}

/// Returns what people call an agent.
pub(crate) fn agent_title(word: &str) -> &str {
    match word {
        "claude-code" => "Claude Code",
        "codex" => "Codex",
        "cursor" => "Cursor",
        "other" => "Another agent",
        word => word,
    }
}

/// Returns the page.
pub fn agents(frame: &Frame, view: &Agents) -> Markup {
    page(
        frame,
        Tab::Agents,
        "Agent setup",
        &html! {
            (companion(view))
            section.panel.stack {
                div.panel-head { h2 { "Connect an agent without the companion" } }
                p.muted.prose { "Mint a key first, and export it where the agent starts. No file of a repository may have it." }
                p { a.button href=(paths::KEYS) { "Mint a key" } }
                @for client in &view.clients {
                    details {
                        summary { (client.title) }
                        div.stack.tight {
                            p.muted { (client.instructions) }
                            (block(&format!("client-{}", client.id), &client.title, &client.form))
                        }
                    }
                }
            }
        },
    )
}

fn companion(view: &Agents) -> Markup {
    let setup = format!("npm exec -- covibe-local setup --base-url {}", view.origin);
    let doctor = format!("npm exec -- covibe-local doctor --base-url {}", view.origin);
    let all = format!("{} && \\\n{setup} && \\\n{doctor}", view.install);
    panel(
        "Set up the companion",
        false,
        &html! {
            p.muted.prose {
                "Run this in a repository. It installs the companion, connects the agents that it finds, and checks the result. "
                "It shows a code and opens a page here, where you approve the machine."
            }
            (block("setup-all", "Install, set up and check", &all))
            details {
                summary { "Step by step" }
                ol.steps {
                    li { div.stack.tight { h3 { "Install" } (block("setup-install", "Install the companion", &view.install)) } }
                    li { div.stack.tight { h3 { "Set up" } (block("setup-setup", "Set up agents", &setup)) } }
                    li { div.stack.tight { h3 { "Check" } (block("setup-doctor", "Check the setup", &doctor)) } }
                }
            }
        },
    )
}
