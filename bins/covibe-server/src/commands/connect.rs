//! `covibe-server connect`: the command or the file with which a client connects.

use anyhow::Context as _;
use covibe_domain::Slug;
use covibe_http::clients::{Client, KEY_VARIABLE, KeySource, Server};

use super::configured;
use crate::{compose, print};

/// Prints the form of a client, and what to do with it.
pub(crate) fn run(
    client: &str,
    origin: Option<String>,
    workspace: Option<&Slug>,
) -> anyhow::Result<()> {
    let client = Client::find(client).context("no such client")?;
    let origin = match origin {
        Some(origin) => origin.trim_end_matches('/').to_owned(),
        None => configured().map(|config| compose::origin(&config, config.bind))?,
    };
    if covibe_domain::doors::Doors::new([origin.as_str()]).is_err() {
        anyhow::bail!("--origin {origin}: expected an origin like https://co-vibe.example");
    }
    compose::warn_of_clear_text(&origin);
    let name = server_name(workspace);
    print::error(&client.instructions());
    if client.key == KeySource::Variable {
        print::error(&format!("The key: export {KEY_VARIABLE}=vibn_sk_…"));
    }
    print::error("");
    print::line(&client.form(Server { name: &name, origin: &origin }));
    Ok(())
}

/// Returns the name under which a client lists the server of a workspace.
pub(crate) fn server_name(workspace: Option<&Slug>) -> String {
    workspace.map_or_else(|| "co-vibe".to_owned(), |slug| format!("vibn-{slug}"))
}
