//! The bot's tokens: sealed in the record, and opened only to disclose the one for people, to clone
//! and read with the other, and to rotate them.

mod command_output_sealing;
mod secret_resealing;

use covibe_coolify::CloneUrl;
use covibe_crypto::{BoxError, SecretBox};
use covibe_domain::{Failure, Secret};
use covibe_store::{CloneKey, WorkspaceRecord};

use crate::platform::Platform;
use crate::workspace_failures::unprovisioned_workspace;

pub use command_output_sealing::command_sealing_keys;
pub use secret_resealing::{Resealed, reseal_secrets, sealing_keys, storage_sealing_key};

/// A token of the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BotToken {
    /// The PAT, with which people and agents work.
    Pat,
    /// The clone token, which only reads repositories.
    Clone,
}

impl BotToken {
    /// Returns the purpose that it is sealed for.
    const fn purpose(self) -> &'static str {
        match self {
            Self::Pat => "gitea_bot_token",
            Self::Clone => "gitea_clone_token",
        }
    }

    fn sealed_token(self, of: &WorkspaceRecord) -> Option<&str> {
        match self {
            Self::Pat => of.gitea_bot_token.as_deref(),
            Self::Clone => of.gitea_clone_token.as_deref(),
        }
    }

    /// Seals a text of this token for a workspace.
    pub(crate) fn seal(
        self,
        platform: &Platform,
        of: &WorkspaceRecord,
        token: &Secret,
    ) -> Result<String, Failure> {
        platform.secrets.seal(self.purpose(), of.id.as_str(), token).map_err(|error| {
            tracing::error!(%error, "a token could not be encrypted");
            Failure::unready("The token could not be stored. The operator's log has the reason.")
        })
    }

    /// Opens the token in a record.
    pub(crate) fn open(self, platform: &Platform, of: &WorkspaceRecord) -> Result<Secret, Failure> {
        self.open_stored(platform, of)?.ok_or_else(|| no_token(of))
    }

    /// Opens the token in a record, if there is one.
    ///
    /// # Errors
    /// There is one that the server's key does not open. It is not replaced, because that would make a
    /// wrong key permanent.
    pub(crate) fn open_stored(
        self,
        platform: &Platform,
        of: &WorkspaceRecord,
    ) -> Result<Option<Secret>, Failure> {
        let Some(sealed) = self.sealed_token(of) else { return Ok(None) };
        let opened = platform.secrets.open(self.purpose(), of.id.as_str(), sealed);
        opened.map(Some).map_err(|error| {
            let key = SecretBox::sealed_by(sealed).unwrap_or("unknown");
            tracing::error!(%error, key, workspace = %of.id, "the bot's token could not be decrypted");
            Failure::unready("The workspace's Gitea token cannot be decrypted.").hint(
                "Tell the operator: the server's secrets key is not the one that encrypted it, and \
                 `covibe-server check` names both. Nothing was changed.",
            )
        })
    }
}

/// Tries to open the bot's token of a workspace with this key. Returns `None` if it has no token.
pub fn try_secrets(secrets: &SecretBox, of: &WorkspaceRecord) -> Option<Result<(), BoxError>> {
    let pat = BotToken::Pat;
    let sealed = pat.sealed_token(of)?;
    Some(secrets.open(pat.purpose(), of.id.as_str(), sealed).map(drop))
}

/// Returns the HTTPS URL, including the clone token, with which Coolify clones a repository, `organisation/name`.
pub(crate) fn clone_url(
    platform: &Platform,
    of: &WorkspaceRecord,
    path: &str,
) -> Result<CloneUrl, Failure> {
    let web = &platform.cell(of)?.gitea_address()?.web;
    let (scheme, host) = web.split_once("://").unwrap_or(("https", web));
    let token = BotToken::Clone.open(platform, of)?;
    let bot = &of.gitea_bot_username;
    let url = format!("{scheme}://{bot}:{}@{host}/{path}.git", token.expose());
    CloneUrl::try_from(Secret::new(url)).map_err(|_| bad_clone_url())
}

/// The text before the mark of a clone key in its description at Coolify and its title at Gitea.
pub(crate) const CLONE_KEY: &str = "co-vibe clone";

/// Returns the title of an SSH key at Gitea: a label, and the end of the key, which makes it unique.
pub(crate) fn key_title(label: &str, public: &str) -> String {
    let key = public.split_whitespace().nth(1).unwrap_or_default();
    let start = key.ceil_char_boundary(key.len().saturating_sub(16));
    format!("{label} {}", &key[start..])
}

/// Returns the description of a clone key at Coolify, with which its title at Gitea begins.
pub(crate) fn describe_clone_key(key: &CloneKey) -> String {
    format!("{CLONE_KEY} {}", key.id)
}

/// Returns the failure of a repository whose clone URL a shell would interpret.
pub(crate) fn bad_clone_url() -> Failure {
    Failure::rejected("The repository's clone URL must not be passed to Coolify.").hint(
        "Rename the repository: letters, digits and - _ . only. If that does not help, tell \
            the operator.",
    )
}

/// Returns the failure of a workspace whose organisation is not known yet.
pub(crate) fn no_organisation(of: &WorkspaceRecord) -> Failure {
    unprovisioned_workspace(&of.slug, "The workspace has no organisation in Gitea.")
}

fn no_token(of: &WorkspaceRecord) -> Failure {
    unprovisioned_workspace(&of.slug, "The workspace has no usable Gitea token.")
}
