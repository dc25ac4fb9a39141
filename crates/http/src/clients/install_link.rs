//! Links by which a client adds the server with one click.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::client_table::LinkForm;
use super::{Client, Server};

impl Client {
    /// Returns the link that the client opens to add the server. It contains no key: the client reads that from a
    /// variable or asks for it.
    pub fn install_link(&self, server: Server<'_>) -> Option<String> {
        let link = self.link?;
        let file: Value = serde_json::from_str(&self.form(server)).ok()?;
        Some(match link {
            LinkForm::Cursor => cursor(server.name, file.get("mcpServers")?.get(server.name)?),
            LinkForm::VsCode => vscode(server.name, &file)?,
        })
    }
}

fn cursor(name: &str, entry: &Value) -> String {
    let (name, config) = (encode(name), encode(&STANDARD.encode(entry.to_string())));
    format!("cursor://anysphere.cursor-deeplink/mcp/install?name={name}&config={config}")
}

fn vscode(name: &str, file: &Value) -> Option<String> {
    let mut entry = file.get("servers")?.get(name)?.clone();
    entry["name"] = name.into();
    entry["inputs"] = file.get("inputs")?.clone();
    Some(format!("vscode:mcp/install?{}", encode(&entry.to_string())))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    const SERVER: Server<'_> = Server { name: "vibn-mark", origin: "https://co-vibe.test" };

    fn decode(text: &str) -> String {
        percent_decode_str(text).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn the_cursor_link_contains_the_entry_of_its_configuration_file() {
        let link = Client::find("cursor").unwrap().install_link(SERVER).unwrap();
        let start = "cursor://anysphere.cursor-deeplink/mcp/install?name=vibn%2Dmark&config=";
        let entry = STANDARD.decode(decode(link.strip_prefix(start).unwrap())).unwrap();
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        assert_eq!(entry["url"], "https://co-vibe.test/api/mcp");
        assert_eq!(entry["headers"]["Authorization"], "Bearer ${env:VIBN_API_KEY}");
    }

    #[test]
    fn the_vs_code_link_makes_the_client_ask_for_the_key() {
        let link = Client::find("vscode").unwrap().install_link(SERVER).unwrap();
        let entry = decode(link.strip_prefix("vscode:mcp/install?").unwrap());
        let entry: Value = serde_json::from_str(&entry).unwrap();
        assert_eq!((&entry["name"], &entry["type"]), (&"vibn-mark".into(), &"http".into()));
        assert_eq!(entry["inputs"][0]["password"], true);
        assert_eq!(entry["headers"]["Authorization"], "Bearer ${input:vibn-api-key}");
    }

    #[test]
    fn clients_with_a_pasted_key_have_no_install_link() {
        for client in super::super::CLIENTS {
            let is_pasted = client.key == super::super::KeySource::Pasted;
            assert!(!is_pasted || client.install_link(SERVER).is_none(), "{}", client.id);
        }
    }
}
