//! The bot's access tokens: of each kind one that works.
//!
//! Gitea returns a token only once, so a lost one is replaced. `old_tokens.rs` deletes the replaced
//! one.

use covibe_domain::entities::Rotate;
use covibe_domain::{Failure, Secret};
use covibe_gitea::{Cause, Token};
use covibe_store::WorkspaceRecord;
use serde::{Deserialize, Serialize};

use super::run_context::{LABEL, ProvisionContext};
use crate::credentials::BotToken;

/// The scopes of the PAT: repositories, organisation and issues. Without `write:user`, it can create
/// no further tokens or keys, which would outlive a rotation.
const PAT_SCOPES: &[&str] = &["write:repository", "write:organization", "write:issue", "read:user"];

/// The scope of the clone token: cloning and reading repositories, and nothing else.
const CLONE_SCOPES: &[&str] = &["read:repository"];

impl BotToken {
    const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Pat => PAT_SCOPES,
            Self::Clone => CLONE_SCOPES,
        }
    }

    /// Returns what a call names to replace it.
    const fn rotation(self) -> Rotate {
        match self {
            Self::Pat => Rotate::Pat,
            Self::Clone => Rotate::Clone,
        }
    }

    /// Returns its recorded number in Gitea.
    pub(super) fn id(self, record: &mut WorkspaceRecord) -> &mut Option<i64> {
        match self {
            Self::Pat => &mut record.gitea_bot_token_id,
            Self::Clone => &mut record.gitea_clone_token_id,
        }
    }

    fn text(self, record: &mut WorkspaceRecord) -> &mut Option<String> {
        match self {
            Self::Pat => &mut record.gitea_bot_token,
            Self::Clone => &mut record.gitea_clone_token,
        }
    }
}

/// Ensures that the record has a token of this kind that works.
pub(super) async fn ensure(on: &mut ProvisionContext, which: BotToken) -> Result<(), Failure> {
    // Also before a rotation: what can't be opened is not replaced.
    let stored = which.open_stored(&on.platform, &on.record)?;
    let is_kept = !on.wants.rotates(which.rotation());
    if let Some(token) = stored.filter(|_| is_kept)
        && is_good(on, which, &token).await?
    {
        return Ok(());
    }
    let bot = on.record.gitea_bot_username.clone();
    let tokens = on.bot_tokens().await?;
    let new = tokens.create(&new_name(), which.scopes()).await?;
    if !is_accepted(on, which, &new.token).await? {
        tokens.delete(new.id).await?;
        return Err(Failure::unready(format!("Gitea rejects the token of its user {bot}.")).hint(
            "Tell the operator: the user may be inactive, or required to change its password.",
        ));
    }
    let sealed = which.seal(&on.platform, &on.record, &new.token)?;
    remember_replaced(on, which);
    *which.text(&mut on.record) = Some(sealed);
    *which.id(&mut on.record) = Some(new.id);
    Ok(())
}

/// Records the number of the token that is about to be replaced.
fn remember_replaced(on: &mut ProvisionContext, which: BotToken) {
    let Some(old) = *which.id(&mut on.record) else { return };
    let mut replaced = Replaced::from_record(&on.record);
    match which {
        BotToken::Pat => replaced.unused.push(old),
        BotToken::Clone => replaced.in_clone_urls.push(old),
    }
    replaced.put(&mut on.record);
}

/// Returns whether the recorded token works and has its scopes, and corrects its number: a wrong one
/// would have the token in use removed as an old one.
async fn is_good(
    on: &mut ProvisionContext,
    which: BotToken,
    token: &Secret,
) -> Result<bool, Failure> {
    if !is_accepted(on, which, token).await? {
        return Ok(false);
    }
    let tokens = match on.bot_tokens().await?.all().await {
        Err(error) if error.cause == Cause::TooLarge => return Ok(false),
        tokens => tokens?,
    };
    let last_eight = token.expose().get(token.expose().len().saturating_sub(8)..);
    let of_text = |it: &&Token| is_ours(it) && Some(it.last_eight.as_str()) == last_eight;
    let mut candidates = tokens.iter().filter(of_text);
    let recorded = *which.id(&mut on.record);
    let found = candidates.clone().find(|it| Some(it.id) == recorded).or(candidates.next());
    *which.id(&mut on.record) = found.map(|token| token.id);
    Ok(found.is_some_and(|token| has_scopes(token, which.scopes())))
}

fn has_scopes(token: &Token, scopes: &[&str]) -> bool {
    token.scopes.len() == scopes.len()
        && scopes.iter().all(|scope| token.scopes.iter().any(|has| has == scope))
}

/// Returns whether Gitea accepts a token, and the PAT as the bot's.
async fn is_accepted(
    on: &ProvisionContext,
    which: BotToken,
    token: &Secret,
) -> Result<bool, Failure> {
    let gitea = on.gitea()?;
    Ok(match which {
        BotToken::Pat => {
            let user = gitea.whoami(token).await?;
            user.is_some_and(|user| Some(user.id) == on.record.gitea_bot_id)
        }
        BotToken::Clone => gitea.reader(token).is_accepted().await?,
    })
}

/// Returns the name of a new token, which is ours to remove.
pub(super) fn new_name() -> String {
    format!("{LABEL}-{}", hex::encode(covibe_crypto::random::<6>()))
}

/// Returns whether a token has a name that provisioning gives.
pub(super) fn is_ours(token: &Token) -> bool {
    token.name.strip_prefix(LABEL).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The numbers of replaced tokens that are still to be deleted, as the workspace's record keeps them: a run that dies
/// leaves them to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replaced {
    /// Those that no application clones with: PATs.
    #[serde(default)]
    pub(super) unused: Vec<i64>,
    /// Those that applications may clone with until they have another clone URL.
    #[serde(default)]
    pub(super) in_clone_urls: Vec<i64>,
}

impl Replaced {
    /// Reads them from a record; a text of another release names none.
    pub(super) fn from_record(record: &WorkspaceRecord) -> Self {
        let text = record.gitea_replaced_tokens.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Writes them to a record.
    pub(super) fn put(&self, record: &mut WorkspaceRecord) {
        let text = (*self != Self::default()).then(|| serde_json::to_string(self).ok());
        record.gitea_replaced_tokens = text.flatten();
    }

    /// Returns all of them, oldest first.
    pub(super) fn all(&self) -> Vec<i64> {
        self.unused.iter().chain(&self.in_clone_urls).copied().collect()
    }
}
