//! Deletes replaced tokens, and in a rotation everything else that gives access to the bot's account.
//!
//! The replaced token goes first, by its recorded number: its holder may have created so many others
//! that they take long to list.

use covibe_domain::entities::Rotate;
use covibe_domain::{Failure, Kind};
use covibe_gitea::Cause;

use super::bot_tokens::Replaced;
use super::run_context::ProvisionContext;
use super::{bot_tokens, clone_urls};

/// The number of times that the applications are searched for a token before it is removed.
const PASSES: usize = 3;

/// Deletes the replaced tokens that no application clones with, and then everything else that gives access to the bot's
/// account. This does not wait for Coolify.
pub(super) async fn shut_out(on: &mut ProvisionContext) -> Result<(), Failure> {
    let mut replaced = Replaced::from_record(&on.record);
    if !replaced.unused.is_empty() {
        tokio::time::sleep(on.platform.settings().settle).await;
        delete(on, &replaced.unused).await?;
        replaced.unused.clear();
        replaced.put(&mut on.record);
    }
    close_account(on).await
}

/// Adds to the failure of a rotation that the replaced token is still valid.
pub(super) fn still_valid(failure: Failure, on: &ProvisionContext) -> Failure {
    if !on.wants.rotates_any() || Replaced::from_record(&on.record) == Replaced::default() {
        return failure;
    }
    let says = "The replaced token remains valid until the rotation has finished.";
    let hint = failure.hint.iter().map(String::as_str).chain([says]).collect::<Vec<_>>().join(" ");
    failure.hint(hint)
}

/// Deletes the remaining replaced tokens, once no application clones with them, and every other token that provisioning
/// created; in a rotation, everything else that gives access to the bot's account.
pub(super) async fn remove(on: &mut ProvisionContext) -> Result<(), Failure> {
    let mut old = Replaced::from_record(&on.record).all();
    let is_rotation = on.wants.rotates_any();
    let mut are_too_many = false;
    if !is_rotation {
        match on.bot_tokens().await?.all().await {
            Err(error) if error.cause == Cause::TooLarge => are_too_many = true,
            present => {
                let ours = present?.into_iter().filter(bot_tokens::is_ours).map(|token| token.id);
                let kept = kept_tokens(on);
                old.extend(ours.filter(|id| !kept.contains(id)));
            }
        }
    }
    if !old.is_empty() {
        wait_until_unused(on).await?;
        delete(on, &old).await?;
    }
    Replaced::default().put(&mut on.record);
    match (is_rotation, are_too_many) {
        // The account is closed already.
        (true, _) if on.wants.rotates(Rotate::Pat) => delete_others(on).await,
        (true, _) => close_account(on).await,
        (false, true) => delete_others(on).await,
        (false, false) => Ok(()),
    }
}

/// Deletes everything else that gives access to the bot's account: OAuth applications, further addresses, and every
/// other token, even if Gitea refuses to delete the former.
async fn close_account(on: &mut ProvisionContext) -> Result<(), Failure> {
    let closed = on.bot_tokens().await?.delete_ways_in(&bot_tokens::new_name()).await;
    delete_others(on).await?;
    let deleted = closed?;
    if deleted > 0 {
        tracing::warn!(
            workspace = %on.record.slug, deleted,
            "OAuth applications and addresses of a bot were deleted"
        );
    }
    Ok(())
}

/// Waits until every instance has the new tokens and no application clones with an old one.
async fn wait_until_unused(on: &mut ProvisionContext) -> Result<(), Failure> {
    for pass in 0.. {
        tokio::time::sleep(on.platform.settings().settle).await;
        match clone_urls::renew(on).await? {
            0 => break,
            left if pass == PASSES => return Err(unchanged_clone_urls(left)),
            _ => {}
        }
    }
    Ok(())
}

async fn delete(on: &mut ProvisionContext, ids: &[i64]) -> Result<(), Failure> {
    let tokens = on.bot_tokens().await?;
    for id in ids {
        tokens.delete(*id).await?;
    }
    Ok(())
}

async fn delete_others(on: &mut ProvisionContext) -> Result<(), Failure> {
    let deleted = on.bot_tokens().await?.delete_others(&kept_tokens(on)).await?;
    if deleted > 0 {
        tracing::warn!(workspace = %on.record.slug, deleted, "other tokens of a bot were deleted");
    }
    Ok(())
}

/// Returns the numbers of the tokens to keep.
fn kept_tokens(on: &ProvisionContext) -> Vec<i64> {
    let record = &on.record;
    let present = [record.gitea_bot_token_id, record.gitea_clone_token_id];
    present.into_iter().flatten().chain(Replaced::from_record(record).in_clone_urls).collect()
}

fn unchanged_clone_urls(apps: usize) -> Failure {
    let message = format!("Coolify did not keep the new clone URL of {apps} application(s).");
    Failure::new(Kind::Upstream, message).hint(
        "The replaced token that they clone with stays valid. If the problem persists, tell the \
         operator.",
    )
}
