//! The bot and its organisation.

use covibe_domain::{Failure, Secret};
use covibe_gitea::{Client, Visibility};

use super::ground::Ground;

/// Returns the address that marks a Gitea user as ours. A user with the bot's name and another
/// address may belong to anybody, who knows its password.
pub(super) fn email(bot: &str, base: &str) -> String {
    format!("{bot}@bots.{base}")
}

/// Ensures that the bot exists and can be used.
pub(super) async fn ensure_bot(on: &mut Ground) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let email = email(bot, &on.platform.settings().base_domain);
    match gitea.user(bot).await? {
        Some(user) if !user.email.eq_ignore_ascii_case(&email) => Err(taken("user", bot)),
        // An administrator's token would disclose everybody's code.
        Some(user) if user.is_admin => {
            Err(Failure::conflict(format!("The Gitea user {bot} is a site administrator."))
                .hint("Tell the operator to revoke that right."))
        }
        // A tenant must not undo restrictions that an operator put on a bot in use.
        Some(_) if on.is_settled() => Ok(()),
        Some(_) => take_over(gitea, bot, &email).await,
        None => named(gitea.create_user(bot, &email, &password()).await, "user", bot),
    }
}

/// Locks out whoever created the user, which may be an earlier run.
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

/// Returns a random password that is kept nowhere: nobody signs in as the bot.
fn password() -> Secret {
    Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()))
}

/// Ensures that the organisation exists and that the bot owns it.
pub(super) async fn ensure_org(on: &mut Ground) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let name = &on.record.gitea_org;
    let Some(org) = gitea.org(name).await? else {
        return named(gitea.create_org(bot, name).await, "organisation", name);
    };
    let owners = gitea.owners(name).await?;
    let is_the_bots = owners.iter().any(|owner| owner.login == *bot);
    // A bot that owns the organisation may have added other owners. An organisation that the bot
    // does not own may have been created by anybody after the workspace's own was deleted.
    if !(on.is_settled() && is_the_bots)
        && owners.iter().any(|owner| owner.login != *bot && !owner.is_admin)
    {
        return Err(taken("organisation", name));
    }
    if !on.is_settled() && org.visibility != Visibility::Private {
        gitea.make_org_private(name).await?;
    }
    if !is_the_bots {
        gitea.add_owner(name, bot).await?;
    }
    Ok(())
}

/// Rewords a conflict: no user or organisation of the name was found, so something else has the name
/// or the address.
fn named<T>(made: Result<T, covibe_gitea::Error>, what: &str, name: &str) -> Result<(), Failure> {
    match made {
        Err(error) if error.is_conflict() => Err(taken(what, name)),
        made => Ok(made.map(drop)?),
    }
}

fn taken(what: &str, name: &str) -> Failure {
    Failure::conflict(format!("The name of the Gitea {what} {name} is taken by somebody else."))
        .hint("Tell the operator to rename it in Gitea, or roll this workspace back and choose another slug.")
}
