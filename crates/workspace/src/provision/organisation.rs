//! The organisation: created by the administrator and marked. `bot_role.rs` hands it over to the bot.

use covibe_domain::Failure;
use covibe_gitea::{NameLookup, Org};

use super::organisation_names::{give_back, take_back, taken_name};
use super::run_context::ProvisionContext;
use super::{bot_role, ownership_marks};

/// Ensures that the organisation exists under its name, is ours, and that the bot has its role in it.
pub(super) async fn ensure(on: &mut ProvisionContext) -> Result<(), Failure> {
    let name = on.record.gitea_org.clone();
    let mut found = find_organisation(on).await?;
    if let ExistingOrganisation::Strangers(id) = found
        && give_back(on, &name, id).await?
    {
        found = find_organisation(on).await?;
    }
    let org = match found {
        ExistingOrganisation::Ours(org) => org,
        ExistingOrganisation::Renamed(org) => {
            take_back(on, &name, &org).await?;
            org
        }
        ExistingOrganisation::Strangers(_) => return Err(taken_name("organisation", &name)),
        ExistingOrganisation::None => create(on, &name).await?,
    };
    on.record.gitea_org_id = Some(org.id);
    let (store, record) = (&on.platform.store, &on.record);
    store.put_organisation(&record.tenant, &record.cell, org.id, &name).await?;
    bot_role::ensure(on, org.id, &name).await
}

/// The result of a search for the workspace's organisation.
pub(super) enum ExistingOrganisation {
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
pub(super) async fn find_organisation(
    on: &ProvisionContext,
) -> Result<ExistingOrganisation, Failure> {
    let (gitea, name) = (on.gitea()?, &on.record.gitea_org);
    let stranger = match gitea.org(name).await? {
        NameLookup::Here(org) if is_ours(on, &org) => return Ok(ExistingOrganisation::Ours(org)),
        NameLookup::Here(org) => Some(org.id),
        NameLookup::Renamed(new) => {
            if let Some(org) = gitea.org(&new).await?.into_resource()
                && is_ours(on, &org)
            {
                return Ok(ExistingOrganisation::Renamed(org));
            }
            None
        }
        NameLookup::Nowhere => None,
    };
    // Its name no longer leads to it, because something else had the name meanwhile.
    if let Some(id) = on.record.gitea_org_id
        && let Some(org) = bots_org(on, id).await?
    {
        return Ok(ExistingOrganisation::Renamed(org));
    }
    Ok(stranger.map_or(ExistingOrganisation::None, ExistingOrganisation::Strangers))
}

/// Returns the organisation with this number, if the bot is in it.
async fn bots_org(on: &ProvisionContext, id: i64) -> Result<Option<Org>, Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    let bot = gitea
        .user(bot)
        .await?
        .into_resource()
        .filter(|user| Some(user.id) == on.record.gitea_bot_id);
    let Some(bot) = bot else { return Ok(None) };
    Ok(gitea.orgs_of(&bot.login).await?.into_iter().find(|org| org.id == id))
}

/// Returns whether an organisation is the workspace's: by its number, or by its mark before the number is known.
fn is_ours(on: &ProvisionContext, org: &Org) -> bool {
    match on.record.gitea_org_id {
        Some(id) => org.id == id,
        None => ownership_marks::is_marked(&on.record, Some(&org.description)),
    }
}

/// Creates the organisation. It belongs to the administrator until it is handed over.
async fn create(on: &ProvisionContext, name: &str) -> Result<Org, Failure> {
    let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
    match on.gitea()?.create_org(name, mark).await {
        // No organisation of the name was found, so something else has it.
        Err(error) if error.is_conflict() => Err(taken_name("organisation", name)),
        made => Ok(made?),
    }
}
