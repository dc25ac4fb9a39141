//! The bot's access token: one that works, and no other of ours.
//!
//! Gitea returns a token only once, so a lost one is replaced. A replaced token stays valid until
//! nothing uses it any more.

use covibe_domain::entities::Rotate;
use covibe_domain::{Failure, Kind, Secret};
use covibe_gitea::Token;

use super::clone_urls;
use super::ground::{Ground, LABEL};
use crate::credentials::{bot_token, sealed};

/// The scopes of the bot's token: repositories, organisation and issues. Without `write:user`, it can
/// create no further tokens or keys, which would outlive a rotation.
const SCOPES: [&str; 4] = ["write:repository", "write:organization", "write:issue", "read:user"];

/// How often the applications are searched for a token before it is removed.
const PASSES: usize = 3;

/// Ensures that the record has a token that works.
pub(super) async fn ensure(on: &mut Ground) -> Result<(), Failure> {
    if !on.wants.rotates(Rotate::Pat) && is_good(on).await? {
        return Ok(());
    }
    let bot = on.record.gitea_bot_username.clone();
    let name = format!("{LABEL}-{}", hex::encode(covibe_crypto::random::<6>()));
    let new = on.gitea()?.create_token(&bot, &name, &SCOPES).await?;
    if !is_bots(on, &new.token).await? {
        on.gitea()?.delete_token(&bot, new.id).await?;
        return Err(Failure::unready(format!("Gitea rejects the token of its user {bot}.")).hint(
            "Tell the operator: the user may be inactive, or required to change its password.",
        ));
    }
    on.record.gitea_bot_token = Some(sealed(&on.platform, &on.record, &new.token)?);
    on.record.gitea_bot_token_id = Some(new.id);
    Ok(())
}

/// Returns whether the recorded token works and has its scopes, and corrects its number: a wrong one
/// would have the token in use removed as an old one.
async fn is_good(on: &mut Ground) -> Result<bool, Failure> {
    let Ok(token) = bot_token(&on.platform, &on.record) else { return Ok(false) };
    if !is_bots(on, &token).await? {
        return Ok(false);
    }
    let last_eight = token.expose().get(token.expose().len().saturating_sub(8)..);
    let tokens = on.gitea()?.tokens(&on.record.gitea_bot_username).await?;
    let of_text = |it: &&Token| is_ours(it) && Some(it.last_eight.as_str()) == last_eight;
    let mut candidates = tokens.iter().filter(of_text);
    let recorded = on.record.gitea_bot_token_id;
    let found = candidates.clone().find(|it| Some(it.id) == recorded).or(candidates.next());
    on.record.gitea_bot_token_id = found.map(|token| token.id);
    Ok(found.is_some_and(has_scopes))
}

fn has_scopes(token: &Token) -> bool {
    token.scopes.len() == SCOPES.len()
        && SCOPES.iter().all(|scope| token.scopes.iter().any(|has| has == scope))
}

async fn is_bots(on: &Ground, token: &Secret) -> Result<bool, Failure> {
    let user = on.gitea()?.whoami(token).await?;
    Ok(user.is_some_and(|user| Some(user.id) == on.record.gitea_bot_id))
}

/// Removes our tokens except the recorded one, once nothing uses them: after every instance has the
/// new one and no application clones with an old one.
pub(super) async fn remove_old(on: &mut Ground) -> Result<(), Failure> {
    let bot = on.record.gitea_bot_username.clone();
    let current = on.record.gitea_bot_token_id;
    let tokens = on.gitea()?.tokens(&bot).await?;
    let old: Vec<_> =
        tokens.into_iter().filter(|token| is_ours(token) && Some(token.id) != current).collect();
    if old.is_empty() {
        return Ok(());
    }
    let mut passes = 0;
    loop {
        tokio::time::sleep(on.platform.settings().settle).await;
        match clone_urls::renew(on).await? {
            0 => break,
            _ if passes < PASSES => passes += 1,
            left => return Err(unchanged_clone_urls(left)),
        }
    }
    for token in old {
        on.gitea()?.delete_token(&bot, token.id).await?;
    }
    Ok(())
}

fn is_ours(token: &Token) -> bool {
    token.name.strip_prefix(LABEL).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn unchanged_clone_urls(apps: usize) -> Failure {
    let message = format!("Coolify did not keep the new clone URL of {apps} application(s).");
    Failure::new(Kind::Upstream, message)
        .hint("The earlier Gitea token stays valid. If the problem persists, tell the operator.")
}
