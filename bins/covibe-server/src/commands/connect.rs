//! `covibe-server connect`: the command or the file with which a client connects.

use anyhow::Context as _;
use covibe_domain::Slug;
use covibe_http::clients::{Client, KEY_VARIABLE, KeySource, Server};
use covibe_installation::listeners;
use url::Url;

use super::configured;
use crate::cli::GIT;
use crate::{print, wiring};

/// Prints the form of a client, and what to do with it.
pub(crate) fn run(
    client: &str,
    origin: Option<String>,
    workspace: Option<&Slug>,
    gitea: Option<String>,
) -> anyhow::Result<()> {
    let origin = match origin {
        Some(origin) => origin.trim_end_matches('/').to_owned(),
        None => configured().map(|config| listeners::origin(&config, config.bind))?,
    };
    if covibe_domain::own_origins::Doors::new([origin.as_str()]).is_err() {
        anyhow::bail!("--origin {origin}: expected an origin like https://co-vibe.example");
    }
    wiring::warn_of_clear_text(&origin);
    if client == GIT {
        return git(&origin, workspace.context("--workspace is required")?, gitea);
    }
    let client = Client::find(client).context("no such client")?;
    let name = server_name(workspace);
    let server = Server { name: &name, origin: &origin };
    print::error(&client.instructions());
    if let Some(link) = client.install_link(server) {
        print::error(&format!("Or open this link to add the server: {link}"));
    }
    if client.key == KeySource::Variable {
        print::error(&format!("The key: export {KEY_VARIABLE}=vibn_sk_…"));
    }
    print::error("");
    print::line(&client.form(server));
    Ok(())
}

/// Prints the commands that let git ask the server for the token, and what they do.
fn git(origin: &str, workspace: &Slug, gitea: Option<String>) -> anyhow::Result<()> {
    let web = if let Some(written) = gitea {
        web_address(&written)?
    } else {
        let config = configured()?.gitea;
        wiring::gitea_web(&config.context("pass --gitea: no Gitea is configured")?)?
    };
    let (name, helper) =
        (format!("credential.{web}.helper"), covibe_tools::git_helper(origin, workspace.as_str()));
    print::error(&format!(
        "Run these commands. Git then asks the server for the token of {web}, with the key in {KEY_VARIABLE}: no file \
         holds it. To undo them: git config --global --unset-all {name}\n"
    ));
    // An empty one keeps other helpers, which would store the token, from being asked.
    print::line(&format!("git config --global --replace-all {name} ''"));
    print::line(&format!("git config --global --add {name} '{helper}'"));
    Ok(())
}

/// Returns the address that git matches settings with: without a slash at the end.
fn web_address(written: &str) -> anyhow::Result<String> {
    let expected = || format!("--gitea {written}: expected an address like https://git.example");
    let url: Url = written.parse().with_context(expected)?;
    let is_plain = ["http", "https"].contains(&url.scheme())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && !url.as_str().contains('\'');
    anyhow::ensure!(is_plain, "{}", expected());
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Returns the name under which a client lists the server of a workspace.
pub(crate) fn server_name(workspace: Option<&Slug>) -> String {
    workspace.map_or_else(|| "co-vibe".to_owned(), |slug| format!("vibn-{slug}"))
}
