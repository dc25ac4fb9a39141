//! The organisation: created by the administrator and marked. `roles.rs` hands it over to the bot.

use covibe_domain::Failure;
use covibe_gitea::{Found, Org};

use super::ground::Ground;
use super::names::{give_back, take_back};
use super::refusals::taken;
use super::{marks, roles};

/// Ensures that the organisation exists under its name, is ours, and that the bot has its role in it.
pub(super) async fn ensure(on: &mut Ground) -> Result<(), Failure> {
    let name = on.record.gitea_org.clone();
    let mut found = look(on).await?;
    if let Existing::Strangers(id) = found
        && give_back(on, &name, id).await?
    {
        found = look(on).await?;
    }
    let org = match found {
        Existing::Ours(org) => org,
        Existing::Renamed(org) => {
            take_back(on, &name, &org).await?;
            org
        }
        Existing::Strangers(_) => return Err(taken("organisation", &name)),
        Existing::None => create(on, &name).await?,
    };
    on.record.gitea_org_id = Some(org.id);
    on.platform.store.put_organisation(&on.record.cell, org.id, &name).await?;
    roles::ensure(on, org.id, &name).await
}

/// The result of a search for the workspace's organisation.
pub(super) enum Existing {
    /// The organisation, under its name.
    Ours(Org),
    /// The organisation, under another name.
    Renamed(Org),
    /// Something else has the name: the organisation with this id.
    Strangers(i64),
    /// Nothing.
    None,
}

/// Searches for the workspace's organisation by its number or mark.
pub(super) async fn look(on: &Ground) -> Result<Existing, Failure> {
    let (gitea, name) = (on.gitea()?, &on.record.gitea_org);
    let stranger = match gitea.org(name).await? {
        Found::Here(org) if is_ours(on, &org) => return Ok(Existing::Ours(org)),
        Found::Here(org) => Some(org.id),
        Found::Renamed(new) => {
            if let Some(org) = gitea.org(&new).await?.here()
                && is_ours(on, &org)
            {
                return Ok(Existing::Renamed(org));
            }
            None
        }
        Found::Nowhere => None,
    };
    // Its name does not lead to it any more, because something else had the name meanwhile.
    if let Some(id) = on.record.gitea_org_id
        && let Some(org) = bots_org(on, id).await?
    {
        return Ok(Existing::Renamed(org));
    }
    Ok(stranger.map_or(Existing::None, Existing::Strangers))
}

/// Returns the organisation with this number, if the bot is in it.
async fn bots_org(on: &Ground, id: i64) -> Result<Option<Org>, Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let bot = gitea.user(bot).await?.here().filter(|user| Some(user.id) == on.record.gitea_bot_id);
    let Some(bot) = bot else { return Ok(None) };
    Ok(gitea.orgs_of(&bot.login).await?.into_iter().find(|org| org.id == id))
}

/// Returns whether an organisation is the workspace's: by its number, or by its mark before the number is known.
fn is_ours(on: &Ground, org: &Org) -> bool {
    match on.record.gitea_org_id {
        Some(id) => org.id == id,
        None => marks::is_marked(&on.record, Some(&org.description)),
    }
}

/// Creates the organisation. It belongs to the administrator until it is handed over.
async fn create(on: &Ground, name: &str) -> Result<Org, Failure> {
    let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
    match on.gitea()?.create_org(name, mark).await {
        // No organisation of the name was found, so something else has it.
        Err(error) if error.is_conflict() => Err(taken("organisation", name)),
        made => Ok(made?),
    }
}
