//! The bot's token, sealed in the record and opened for few: the answer that hands it out, the clone
//! URLs that Coolify gets, and its rotation.

use covibe_domain::{Failure, Secret};
use covibe_store::WorkspaceRecord;

use super::Platform;
use super::unready::unready;

/// What the token is sealed as.
const PAT: &str = "gitea_bot_token";

/// The token's sealed text.
pub(crate) fn sealed(
    platform: &Platform,
    of: &WorkspaceRecord,
    token: &Secret,
) -> Result<String, Failure> {
    platform.secrets.seal(PAT, of.id.as_str(), token).map_err(|error| {
        tracing::error!(%error, "a token can't be sealed");
        Failure::unready("The token can't be kept; the operator's log says why.")
    })
}

/// The token that the record holds.
pub(crate) fn bot_token(platform: &Platform, of: &WorkspaceRecord) -> Result<Secret, Failure> {
    let sealed = of.gitea_bot_token.as_deref().ok_or_else(|| no_token(of))?;
    platform.secrets.open(PAT, of.id.as_str(), sealed).map_err(|error| {
        tracing::error!(%error, workspace = %of.id, "the bot's token does not open");
        no_token(of)
    })
}

/// The HTTPS URL by which Coolify clones a repository of the workspace, the token inside.
pub(crate) fn clone_url(
    platform: &Platform,
    of: &WorkspaceRecord,
    repository: &str,
) -> Result<Secret, Failure> {
    let web = &platform.gitea_address()?.web;
    let (scheme, host) = web.split_once("://").unwrap_or(("https", web));
    let token = bot_token(platform, of)?;
    let (bot, org) = (&of.gitea_bot_username, &of.gitea_org);
    Ok(Secret::new(format!("{scheme}://{bot}:{}@{host}/{org}/{repository}.git", token.expose())))
}

fn no_token(of: &WorkspaceRecord) -> Failure {
    unready(&of.slug, "The workspace has no usable Gitea token.")
}
