//! The clients as pages show them.

use covibe_console::pages::settings::agent_connections::Client as PageEntry;

use super::{CLIENTS, Client, KEY_VARIABLE, KeySource, PLACEHOLDER, Server};

/// Returns the instructions for each client, with this key or with a placeholder.
pub(crate) fn page_entries(server: Server<'_>, key: Option<&str>) -> Vec<PageEntry> {
    let entry = |client: &Client| PageEntry {
        id: client.id.to_owned(),
        title: client.title.to_owned(),
        instructions: match key {
            Some(_) => client.instructions_with_key(),
            None => client.instructions(),
        },
        form: client.form_with_key(server, key.unwrap_or(PLACEHOLDER)),
        link: client.install_link(server),
        key: key_instruction(client, key),
    };
    CLIENTS.iter().map(entry).collect()
}

/// Returns the instruction by which a client gets a key that is not in its form, with a title.
fn key_instruction(client: &Client, key: Option<&str>) -> Option<(String, String)> {
    let title = client.title;
    match client.key {
        KeySource::Variable => {
            let command = format!("export {KEY_VARIABLE}={}", key.unwrap_or(PLACEHOLDER));
            Some((format!("In the shell where {title} starts"), command))
        }
        KeySource::Prompt => Some((format!("When {title} asks for the key"), key?.to_owned())),
        KeySource::Pasted => None,
    }
}
