//! The bot and its organisation.

use covibe_domain::{Failure, Secret};
use covibe_gitea::Client;

use super::stage::Ground;

/// The address that makes a Gitea user ours: a user of the bot's name that has another may be
/// anybody's, its password known to them.
pub(super) fn email(bot: &str, base: &str) -> String {
    format!("{bot}@bots.{base}")
}

/// The bot is there, and may be used.
pub(super) async fn ensure_bot(on: &mut Ground) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let email = email(bot, &on.platform.settings.base_domain);
    match gitea.user(bot).await? {
        Some(user) if !user.email.eq_ignore_ascii_case(&email) => Err(taken("user", bot)),
        // As an administrator it would see, and hand out, everybody's code.
        Some(user) if user.is_admin => {
            Err(Failure::conflict(format!("The Gitea user {bot} is a site administrator."))
                .hint("Tell the operator: take that right away from it."))
        }
        // How an operator has restricted a bot that was in use is not the tenant's to undo.
        Some(_) if on.is_settled() => Ok(()),
        Some(_) => take_over(gitea, bot, &email).await,
        None => named(gitea.create_user(bot, &email, &password()).await, "user", bot),
    }
}

/// Whoever has made the user, be it an earlier run, does not get in by it any more.
async fn take_over(gitea: &Client, bot: &str, email: &str) -> Result<(), Failure> {
    gitea.repair_user(bot, email, &password()).await?;
    for token in gitea.tokens(bot).await? {
        gitea.delete_token(bot, token.id).await?;
    }
    for key in gitea.keys(bot).await? {
        gitea.delete_key(bot, key.id).await?;
    }
    Ok(())
}

/// Nobody signs in as the bot: a password is made, sent and forgotten.
fn password() -> Secret {
    Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()))
}

/// The organisation is there, and the bot owns it.
pub(super) async fn ensure_org(on: &mut Ground) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let name = &on.record.gitea_org;
    let Some(org) = gitea.org(name).await? else {
        return named(gitea.create_org(bot, name).await, "organisation", name);
    };
    let owners = gitea.owners(name).await?;
    let is_the_bots = owners.iter().any(|owner| owner.login == *bot);
    // Where the bot is in it, it may have let others in. One that it is not in may have been made
    // anew by anybody, after its own was deleted.
    if !(on.is_settled() && is_the_bots)
        && owners.iter().any(|owner| owner.login != *bot && !owner.is_admin)
    {
        return Err(taken("organisation", name));
    }
    if !on.is_settled() && org.visibility != "private" {
        gitea.make_org_private(name).await?;
    }
    if !is_the_bots {
        gitea.add_owner(name, bot).await?;
    }
    Ok(())
}

/// What came of making one: that there is one of the name, which nobody found, is a name that is
/// taken by something of another kind, or an address that is.
fn named<T>(made: Result<T, covibe_gitea::Error>, what: &str, name: &str) -> Result<(), Failure> {
    match made {
        Err(error) if error.is_conflict() => Err(taken(what, name)),
        made => Ok(made.map(drop)?),
    }
}

fn taken(what: &str, name: &str) -> Failure {
    Failure::conflict(format!("Somebody else has the Gitea {what} {name}, or something of its name."))
        .hint("Tell the operator: rename it in Gitea, or take this workspace back and choose another slug.")
}
