//! How agents are connected.

use covibe_console::pages::settings::agents::{Agents, Client as Shown, agents};

use crate::clients::{CLIENTS, Client, Server};
use crate::console::workplace::Workplace;
use crate::people::{Answer, page};

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> Answer {
    let slug = at.frame.workspace.as_deref().unwrap_or_default();
    let (name, origin) = (format!("vibn-{slug}"), at.origin.as_str());
    let shown = |client: &Client| Shown {
        id: client.id.to_owned(),
        title: client.title.to_owned(),
        instructions: client.instructions(),
        form: client.form(Server { name: &name, origin }),
    };
    let view = Agents {
        install: format!("npm install --save-dev {origin}/downloads/co-vibe.tgz"),
        origin: origin.to_owned(),
        clients: CLIENTS.iter().map(shown).collect(),
    };
    Ok(page(200, agents(&at.frame, &view)))
}
