//! The bot: the Gitea user that a workspace's agents act as.

use covibe_domain::Failure;
use covibe_gitea::{Client, NameLookup, User};
use covibe_store::WorkspaceRecord;

use super::organisation_names::{give_back, renamed_resource, taken_name};
use super::run_context::{ProvisionContext, password};

/// Ensures that the bot exists, is ours and can create nothing outside its organisation.
pub(super) async fn ensure(on: &mut ProvisionContext) -> Result<(), Failure> {
    require_supported(on).await?;
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let user = match gitea.user(bot).await? {
        NameLookup::Here(user) if is_ours(on, &user) => user,
        // An organisation, whose owner renamed it.
        NameLookup::Here(other) if give_back(on, bot, other.id).await? => {
            create(gitea, &on.record).await?
        }
        NameLookup::Here(_) => return Err(taken_name("user", bot)),
        NameLookup::Renamed(new) if on.record.gitea_bot_id.is_some() => {
            return Err(renamed_resource("user", bot, &new));
        }
        NameLookup::Renamed(_) | NameLookup::Nowhere => create(gitea, &on.record).await?,
    };
    // An administrator's token would disclose everybody's code.
    if user.is_admin {
        let message = format!("The Gitea user {bot} is a site administrator.");
        return Err(
            Failure::conflict(message).hint("Ask the operator to remove its administrator rights.")
        );
    }
    limit(gitea, &on.record, &user).await?;
    on.record.gitea_bot_id = Some(user.id);
    Ok(())
}

/// Refuses a release on which provisioning would do harm.
async fn require_supported(on: &ProvisionContext) -> Result<(), Failure> {
    let version = on.gitea()?.probed().await?;
    if version.is_supported() {
        return Ok(());
    }
    let [major, minor, _] = version.flavor.oldest();
    tracing::warn!(%version, "provisioning was refused, because this release of Gitea or Forgejo is too old");
    Err(Failure::unready(format!("{version} is too old for provisioning.")).hint(format!(
        "Tell the operator to update it to {} {major}.{minor} or newer.",
        version.flavor
    )))
}

/// Returns whether a user of the bot's name is the workspace's bot: by its number, and before that is
/// known by its address, which nobody else can know.
pub(super) fn is_ours(on: &ProvisionContext, user: &User) -> bool {
    if let Some(id) = on.record.gitea_bot_id {
        return id == user.id;
    }
    let has_address = |email: &String| !email.is_empty() && user.email.eq_ignore_ascii_case(email);
    on.record.gitea_bot_email.as_ref().is_some_and(has_address)
}

/// Ends the bot's right to create what nobody would find again, and sets its address. Whatever else
/// an operator changed of it stays.
async fn limit(gitea: &Client, record: &WorkspaceRecord, user: &User) -> Result<(), Failure> {
    gitea.limit_user(&user.login).await?;
    match &record.gitea_bot_email {
        Some(email) if !user.email.eq_ignore_ascii_case(email) => {
            Ok(gitea.set_email(&user.login, email).await?)
        }
        _ => Ok(()),
    }
}

async fn create(gitea: &Client, record: &WorkspaceRecord) -> Result<User, Failure> {
    let bot = &record.gitea_bot_username;
    let email = record.gitea_bot_email.as_deref().unwrap_or_default();
    match gitea.create_user(bot, email, &password()).await {
        // No user of the name was found, so something else has the name or the address.
        Err(error) if error.is_conflict() => Err(taken_name("user", bot)),
        made => Ok(made?),
    }
}
