//! The page on which agents are connected.

use std::fmt;

use maud::{Markup, html};

use super::companion_install::{Companion, panel};
use super::{Tab, page};
use crate::parts::form::{Field, csrf, select};
use crate::parts::layout::remark;
use crate::parts::text::{block, sentence};
use crate::{Form, Frame, Tone, paths};

/// The content of the page: the clients, and a key for one of them.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    /// The instructions for each client, the most used ones first.
    pub clients: Vec<Client>,
    /// The lines that install the companion; none if this server has no package of it. Only [`agents`] shows them.
    pub companion: Option<Companion>,
    /// The key that this request minted. The forms of the clients have it; it is shown only now.
    pub minted: Option<Minted>,
    /// The entered values, and their errors. The fields are `name` and `client`.
    pub form: Form,
}

/// A client.
#[derive(Clone, Default)]
pub struct Client {
    /// Unique among the clients: letters, digits and hyphens.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The instructions for using the form, and for obtaining a key. Backticks surround code.
    pub instructions: String,
    /// The steps by which it gets a key that is not in the form: a title, and the text to copy.
    pub key: Option<(String, String)>,
    /// The command to run, or the content of the file to write.
    pub form: String,
    /// The link that it opens to add the server.
    pub link: Option<String>,
}

/// Leaves the form out, because it may contain a key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A key that was just minted.
#[derive(Clone)]
pub struct Minted {
    /// The name that it got.
    pub name: String,
    /// The key itself.
    pub token: String,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the name that people know an agent by.
pub(crate) fn agent_title(word: &str) -> &str {
    match word {
        "claude-code" => "Claude Code",
        "companion" => "Companion (sends activity, and nothing else)",
        "codex" => "Codex",
        "cursor" => "Cursor",
        "other" => "Another agent",
        word => word,
    }
}

/// Returns the page.
pub fn agents(frame: &Frame, view: &Agents) -> Markup {
    let panels = html! {
        (panel(view.companion.as_ref()))
        (connect("Connect an agent", frame, view))
    };
    page(frame, Tab::Agents, "Agent setup", &panels)
}

/// Returns the panel that mints a key for a client and says how to connect it. The form is sent to
/// [`paths::CONNECT_AGENT`] with `name` and `client`; the answer shows the key in the forms of the clients.
pub(crate) fn connect(title: &str, frame: &Frame, view: &Agents) -> Markup {
    let chosen = view.form.value("client");
    let (first, others): (Vec<_>, Vec<_>) =
        view.clients.iter().partition(|client| view.minted.is_some() && client.id == chosen);
    html! {
        section.panel.stack aria-labelledby="connect" {
            div.panel-head { h2 #connect { (title) } }
            @match &view.minted {
                Some(minted) => { (shown_once(minted)) }
                None => { (mint(frame, view)) }
            }
            @for client in first { (instructions(client, true)) }
            @for client in others { (instructions(client, false)) }
        }
    }
}

fn shown_once(minted: &Minted) -> Markup {
    html! {
        (remark(Tone::Warn, &html! {
            p {
                "The lines below contain the key “" (minted.name) "”. Copy them now: it is not shown again. "
                "Everybody who has it can act in this workspace, so keep it out of files that you commit."
            }
        }))
        p data-address=(paths::AGENTS) { a href=(paths::AGENTS) { "Connect another agent" } }
    }
}

fn mint(frame: &Frame, view: &Agents) -> Markup {
    let name = Field::text("connect-name", "name", "Name of its key");
    let clients: Vec<_> = view.clients.iter().map(|client| (&*client.id, &*client.title)).collect();
    html! {
        p.muted.prose {
            "Mint a key for your agent, and copy the lines that the next page shows. The key can read and change "
            "everything in this workspace, and expires in 90 days. " a href=(paths::KEYS) { "Keys" } " has other choices."
        }
        (view.form.summary())
        form.stack method="post" action=(paths::CONNECT_AGENT) {
            (csrf(&frame.csrf))
            div.fields {
                (select("connect-client", "client", "Agent", &clients, view.form.value("client")))
                (name.hint("Where it is used, such as “laptop”.").show(&view.form))
            }
            div.row { button.button.primary type="submit" { "Mint its key" } }
        }
    }
}

/// Returns how a client is connected.
pub(crate) fn instructions(client: &Client, is_open: bool) -> Markup {
    html! {
        details open[is_open] {
            summary { (client.title) }
            div.stack.tight {
                p.muted { (sentence(&client.instructions)) }
                @if let Some(link) = &client.link {
                    p { a.button href=(link) { "Add to " (client.title) } }
                }
                (block(&format!("client-{}", client.id), &client.title, &client.form))
                @if let Some((title, text)) = &client.key {
                    (block(&format!("key-{}", client.id), title, text))
                }
            }
        }
    }
}
