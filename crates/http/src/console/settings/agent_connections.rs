//! The connections of agents.

use covibe_console::Form;
use covibe_console::pages::settings::agent_connections::{Agents, Client as Shown, Minted, agents};
use covibe_console::pages::settings::companion_install::{Companion, Registry};
use covibe_domain::Failure;
use covibe_domain::entities::AgentType;

use super::keys::NewKey;
use crate::clients::{Client, Server, page_entries};
use crate::console::workspace_and_rights::Workplace;
use crate::packages;
use crate::people::{PageResult, page};

/// The number of days after which a key that is minted here expires.
const DAYS: &str = "90";

/// Shows the page.
pub(in crate::console) async fn show(at: &Workplace) -> PageResult {
    let view = Agents { companion: companion(at).await, ..unconnected(at) };
    Ok(page(200, agents(&at.frame, &view)))
}

/// Mints a key for a client, and shows it in the client's form: this answer is the only one that has it.
pub(in crate::console) async fn connect(at: &Workplace) -> PageResult {
    let entered = ["name", "client"];
    let form = |form: Form| {
        entered.into_iter().fold(form, |form, field| form.with(field, at.form.text(field)))
    };
    match mint(at).await {
        Ok(minted) => {
            let clients = clients(at, Some(&minted.token));
            let (companion, form) = (companion(at).await, form(Form::default()));
            let view = Agents { clients, companion, minted: Some(minted), form };
            Ok(page(200, agents(&at.frame, &view)))
        }
        Err(why) => {
            let form = form(Form::from_problem(at.problem(&why)));
            let view = Agents { companion: companion(at).await, form, ..unconnected(at) };
            Workplace::refused_form(&why, agents(&at.frame, &view))
        }
    }
}

/// Returns the forms that connect agents before a key is minted.
pub(in crate::console) fn unconnected(at: &Workplace) -> Agents {
    Agents { clients: clients(at, None), companion: None, minted: None, form: Form::default() }
}

/// Returns the installation of the companion; `None` if this server has no package of it and the operator
/// names no other place.
async fn companion(at: &Workplace) -> Option<Companion> {
    let (packages, origin) = (&at.packages, at.origin.as_str());
    let version = packages::newest_version(packages).await;
    let is_elsewhere = packages.has_other_command();
    if version.is_none() && !is_elsewhere {
        return None;
    }
    let install = packages.install_command(origin);
    let registry = (!is_elsewhere).then(|| {
        let install = packages::scoped_command();
        let line = set_up(&install, origin);
        Registry { npmrc: packages::registry_line(origin), install, line }
    });
    let line = set_up(&install, origin);
    Some(Companion { version: version.filter(|_| !is_elsewhere), install, line, registry })
}

/// Returns the line that installs the companion, connects the agents and checks the connection.
fn set_up(install: &str, origin: &str) -> String {
    let run = |command: &str| format!("npm exec -- covibe-local {command} --base-url {origin}");
    [install.to_owned(), run("setup"), run("doctor")].join(" && ")
}

async fn mint(at: &Workplace) -> Result<Minted, Failure> {
    let unknown = || Failure::invalid("Choose one of the agents.");
    let client = Client::find(at.form.text("client")).ok_or_else(unknown)?;
    let agent = AgentType::from_word(client.id).unwrap_or(AgentType::Other);
    let name = at.form.text("name");
    NewKey { name, agent: agent.as_str(), access: "full", days: DAYS }.mint(at).await
}

/// Returns the connection of each client, with this key or with a placeholder.
fn clients(at: &Workplace, key: Option<&str>) -> Vec<Shown> {
    let slug = at.frame.workspace.as_deref().unwrap_or_default();
    let name = format!("vibn-{slug}");
    page_entries(Server { name: &name, origin: &at.origin }, key)
}
