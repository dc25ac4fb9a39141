//! The bot's token: sealed in the record, and opened only to disclose it, to write clone URLs and to
//! rotate it.

use covibe_coolify::CloneUrl;
use covibe_domain::{Failure, Kind, Secret};
use covibe_store::WorkspaceRecord;

use crate::errors::unprovisioned;
use crate::platform::Platform;

/// The purpose that the token is sealed for.
const PAT: &str = "gitea_bot_token";

/// Seals a token for a workspace.
pub(crate) fn sealed(
    platform: &Platform,
    of: &WorkspaceRecord,
    token: &Secret,
) -> Result<String, Failure> {
    platform.secrets.seal(PAT, of.id.as_str(), token).map_err(|error| {
        tracing::error!(%error, "a token could not be sealed");
        Failure::unready("The token could not be stored. The operator's log has the reason.")
    })
}

/// Opens the token in a record.
pub(crate) fn bot_token(platform: &Platform, of: &WorkspaceRecord) -> Result<Secret, Failure> {
    let sealed = of.gitea_bot_token.as_deref().ok_or_else(|| no_token(of))?;
    platform.secrets.open(PAT, of.id.as_str(), sealed).map_err(|error| {
        tracing::error!(%error, workspace = %of.id, "the bot's token could not be opened");
        no_token(of)
    })
}

/// Returns the HTTPS URL, including the token, with which Coolify clones a repository.
pub(crate) fn clone_url(
    platform: &Platform,
    of: &WorkspaceRecord,
    repository: &str,
) -> Result<CloneUrl, Failure> {
    let web = &platform.cell(of)?.gitea_address()?.web;
    let (scheme, host) = web.split_once("://").unwrap_or(("https", web));
    let token = bot_token(platform, of)?;
    let (bot, org) = (&of.gitea_bot_username, &of.gitea_org);
    let url = format!("{scheme}://{bot}:{}@{host}/{org}/{repository}.git", token.expose());
    CloneUrl::try_from(Secret::new(url)).map_err(|_| {
        Failure::new(Kind::Rejected, "The repository has a clone URL that Coolify must not get.")
            .hint("Rename it: letters, digits and - _ . only. Otherwise tell the operator.")
    })
}

fn no_token(of: &WorkspaceRecord) -> Failure {
    unprovisioned(&of.slug, "The workspace has no usable Gitea token.")
}
