//! The first page of a server: what it is, and how people and agents get in.

use maud::{Markup, html};

use super::settings::agent_connections::{Client, instructions};
use crate::frame::wide;
use crate::paths;

/// The contents of the page.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// The purpose of the server, in a sentence or two.
    pub about: String,
    /// Its origin, such as `https://co-vibe.example`.
    pub origin: String,
    /// The instructions for each client, the most used ones first.
    pub clients: Vec<Client>,
}

/// The documents for programs, with their titles.
const DOCUMENTS: [(&str, &str); 4] = [
    ("/openapi.json", "The REST API"),
    ("/api/mcp", "The tools"),
    ("/api/cookbook", "Recipes"),
    ("/api/health", "Health"),
];

/// Returns the page.
pub fn home(view: &Home) -> Markup {
    let content = html! {
        div.stack.loose {
            section.panel.stack {
                h1 { "Co-Vibe" }
                p.prose { (view.about) }
                div.row { a.button.primary href=(paths::OVERVIEW) { "Open the console" } }
                p.muted.prose { "In the console, you mint keys for your agents. Without an account, ask the operator for an invitation." }
            }
            section.panel.stack {
                div.panel-head { h2 { "Connect an agent" } }
                p.prose {
                    "The address for MCP is " code { (view.origin) "/api/mcp" } ". Clients send a key as "
                    code { "Authorization: Bearer vibn_sk_…" } "."
                }
                @for client in &view.clients { (instructions(client, false)) }
            }
            section.panel.stack {
                div.panel-head { h2 { "For programs" } }
                ul { @for (path, title) in DOCUMENTS { li { a href=(path) { (title) } } } }
            }
        }
    };
    wide("Co-Vibe", &content)
}
