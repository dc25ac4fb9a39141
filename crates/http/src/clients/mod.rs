//! The MCP clients and their connections: one table, from which `covibe-server connect`,
//! `docs/clients.md` and the page at `/` are generated.

mod client_table;
mod clients_page;
mod install_link;
mod page_entries;

pub use client_table::{CLIENTS, Client, FormTarget, KeySource};
pub use clients_page::markdown;
pub(crate) use page_entries::page_entries;

use covibe_domain::own_origins::is_clear_text;

/// The environment variable that holds the API key of a client.
pub const KEY_VARIABLE: &str = "VIBN_API_KEY";

/// The placeholder for the key in the forms of clients that have it in them.
pub(crate) const PLACEHOLDER: &str = "vibn_sk_…";

/// The server that a client connects to.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// The name under which the client lists it.
    pub name: &'a str,
    /// The origin, such as `https://co-vibe.example`.
    pub origin: &'a str,
}

impl Client {
    /// Returns the client with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        CLIENTS.iter().find(|client| client.id == id)
    }

    /// Returns the command to run, or the content of the file to write.
    pub fn form(&self, server: Server<'_>) -> String {
        let url = format!("{}/api/mcp", server.origin);
        let form = self.template.replace("@name@", server.name).replace("@url@", &url);
        let allowed = if is_clear_text(server.origin) { "\"--allow-http\", " } else { "" };
        form.replace("@key@", KEY_VARIABLE).replace("@allow-http@", allowed)
    }

    /// Returns the same with a key, if it belongs in the form.
    pub fn form_with_key(&self, server: Server<'_>, key: &str) -> String {
        self.form(server).replace(PLACEHOLDER, key)
    }

    /// Returns the instructions for the form, and the source of the key.
    pub fn instructions(&self) -> String {
        self.instructions_about(&self.key_source())
    }

    /// Returns the same for a form [with a key](Self::form_with_key).
    pub fn instructions_with_key(&self) -> String {
        match self.key {
            KeySource::Pasted => self.instructions_about("It contains the key: do not commit it."),
            KeySource::Variable | KeySource::Prompt => self.instructions(),
        }
    }

    fn instructions_about(&self, key: &str) -> String {
        let place = match self.place {
            FormTarget::Shell => "Run this command".to_owned(),
            FormTarget::File(path) => format!("Merge this into `{path}`"),
            FormTarget::Text => "Enter this".to_owned(),
        };
        let note = self.note.map(|note| format!(" {note}")).unwrap_or_default();
        format!("{place}. {key}{note}")
    }

    fn key_source(&self) -> String {
        match self.key {
            KeySource::Variable => {
                format!("{} reads the key from `{KEY_VARIABLE}` when it starts.", self.title)
            }
            KeySource::Prompt => format!("{} asks for the key once and stores it.", self.title),
            KeySource::Pasted => format!(
                "Replace `{PLACEHOLDER}` with your key, or with a reference to an environment variable \
                 if the client supports them. Do not commit the key."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SERVER: Server<'_> = Server { name: "vibn-mark", origin: "https://co-vibe.test" };

    #[test]
    fn client_ids_are_unique() {
        let ids: BTreeSet<_> = CLIENTS.iter().map(|client| client.id).collect();
        assert_eq!(ids.len(), CLIENTS.len());
    }

    #[test]
    fn every_client_form_has_the_server_url_and_no_unfilled_placeholder() {
        for client in &CLIENTS {
            let form = client.form(SERVER);
            assert!(form.contains("https://co-vibe.test/api/mcp"), "{form}");
            assert!(!form.contains('@') || client.id == "claude-desktop", "{form}");
            let names = form.contains("vibn-mark") || client.place == FormTarget::Text;
            assert!(names, "{form}");
        }
    }

    #[test]
    fn bridges_get_allow_http_only_for_remote_http_servers() {
        for client in ["claude-desktop", "jetbrains"].map(|id| Client::find(id).unwrap()) {
            for (origin, allowed) in [
                ("http://co-vibe.internal:8787", true),
                ("http://192.0.2.7:8787", true),
                ("https://co-vibe.test", false),
                ("http://127.0.0.1:8787", false),
                ("http://localhost:8787", false),
            ] {
                let form = client.form(Server { name: "vibn-mark", origin });
                let form: serde_json::Value = serde_json::from_str(&form).unwrap();
                let arguments = form["mcpServers"]["vibn-mark"]["args"].as_array().unwrap();
                assert_eq!(arguments[2], format!("{origin}/api/mcp"));
                let has = arguments.iter().any(|argument| argument == "--allow-http");
                assert_eq!(has, allowed, "{origin}: {form}");
            }
        }
    }

    #[test]
    fn forms_in_json_are_valid_objects() {
        for client in &CLIENTS {
            let form = client.form(SERVER);
            let is_file = matches!(client.place, FormTarget::File(path) if clients_page::has_extension(path, "json"));
            if is_file || form.starts_with('{') {
                let parsed = serde_json::from_str::<serde_json::Value>(&form);
                assert!(parsed.is_ok_and(|value| value.is_object()), "{form}");
            }
        }
    }

    #[test]
    fn a_form_with_a_pasted_key_shows_a_placeholder_until_it_is_filled_in() {
        for client in &CLIENTS {
            let pasted = client.form(SERVER).contains("vibn_sk_…");
            assert_eq!(pasted, client.key == KeySource::Pasted, "{}", client.id);
            assert_eq!(client.instructions().contains("vibn_sk_…"), pasted, "{}", client.id);
            let form = client.form_with_key(SERVER, "vibn_sk_mine");
            assert_eq!(form.contains("vibn_sk_mine"), pasted, "{form}");
            let texts = form + &client.instructions_with_key();
            assert!(!texts.contains("vibn_sk_…"), "{texts}");
        }
    }
}
