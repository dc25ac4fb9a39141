//! `covibe-server tenant`: a tenant, its workspace, and its first key.

use anyhow::{Context as _, anyhow, bail};
use covibe_config::Config;
use covibe_domain::{Email, Slug, TenantId, Timestamp, names};
use covibe_identity::{Appointment, Caller};
use covibe_installation::{listeners, tenants};
use covibe_store::{Store, WorkspaceRecord};
use serde_json::{Value, json};

use super::api_keys::{call, find, mint, with_hint};
use super::{configured, dns_provider, object_storage, offboarding, remove_zone};
use crate::cli::Tenant;
use crate::print;
use crate::wiring::{self, Parts};

/// Runs one of the commands on tenants.
pub(crate) async fn run(command: Tenant) -> anyhow::Result<()> {
    let (name, workspace, owner, expires_in) = match command {
        Tenant::Create { name, workspace, owner_email, existing, expires_in } => {
            (name, workspace, owner_email.map(|email| Owner { email, existing }), expires_in)
        }
        Tenant::List { json } => return offboarding::list(json).await,
        Tenant::Show { tenant, json } => return offboarding::show(&tenant, json).await,
        Tenant::Suspend { tenant } => return offboarding::suspend(&tenant).await,
        Tenant::Resume { tenant } => return offboarding::resume(&tenant).await,
        Tenant::Export { tenant } => return offboarding::export(&tenant).await,
        Tenant::Delete { tenant, confirm, volumes, repositories, zones, buckets } => {
            let with = offboarding::Scope { volumes, repositories, zones, buckets };
            return offboarding::delete(&tenant, confirm.as_ref(), with).await;
        }
        Tenant::DnsProvider { workspace, provider } => {
            return dns_provider::run(&workspace, provider.as_deref()).await;
        }
        Tenant::RemoveZone { workspace, domain } => {
            return remove_zone::run(&workspace, &domain).await;
        }
        Tenant::GiveStorage { workspace, endpoint, region, bucket, access_key_id } => {
            let given = object_storage::GivenStorage { endpoint, region, bucket, access_key_id };
            return object_storage::give(&workspace, given).await;
        }
        Tenant::RemoveStorage { workspace } => return object_storage::remove(&workspace).await,
    };
    let slug = workspace.map_or_else(|| slug_of(&name), Ok)?;
    check_name(&name, &slug)?;
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = wiring::open_store(&config).await?;
    let origin = listeners::origin(&config, config.bind);
    let parts = wiring::parts(&config, store, origin.clone()).await?;
    let wanted = WantedTenant { name: &name, slug: &slug, owner: owner.as_ref(), expires_in };
    let created = create(&config, &parts, &origin, &wanted).await;
    parts.dispatcher().flush().await;
    created?;
    print::error(&format!(
        "Once `covibe-server serve` runs, MCP is at {origin}/api/mcp. \
         `covibe-server connect CLIENT` prints how a client connects."
    ));
    Ok(())
}

/// The tenant and workspace to create.
struct WantedTenant<'a> {
    name: &'a str,
    slug: &'a Slug,
    owner: Option<&'a Owner>,
    expires_in: u16,
}

/// The person who becomes an admin of the tenant.
struct Owner {
    email: Email,
    /// True if that may be a company which has other members.
    existing: bool,
}

async fn create(
    config: &Config,
    parts: &Parts,
    origin: &str,
    wanted: &WantedTenant<'_>,
) -> anyhow::Result<()> {
    let WantedTenant { name, slug, owner, expires_in } = *wanted;
    let record = match tenants::operator(config, &parts.store, slug).await? {
        Some(present) => adopt_workspace(&parts.store, &present, name).await?,
        None => found_workspace(parts, name, slug).await?,
    };
    if let Some(owner) = owner {
        if !owner.existing {
            check_own(&parts.store, &record.tenant, &owner.email).await?;
        }
        print_link(parts, origin, &record.tenant, &owner.email).await?;
    }
    if owner.is_none() && !has_members(&parts.store, &record.tenant).await? {
        print::error(
            "Nobody can open this company in the console yet: the same command with --owner-email \
             ADDRESS prints a link for its first admin.",
        );
    }
    print::error(&format!("Workspace {slug} of tenant {} is being provisioned.", record.tenant));
    let ready = covibe_workspace::provision(&parts.platform, record).await;
    let ready = ready.map_err(|failure| with_hint(&failure)).with_context(|| {
        format!("workspace {slug} exists but is not provisioned; run the same command again")
    })?;
    let caller = Caller::operator(ready, Vec::new());
    let listed = call(parts, caller.clone(), "keys.list", json!({})).await?;
    let keys = listed["keys"].as_array().into_iter().flatten().filter(|key| is_valid(key)).count();
    if keys == 0 {
        return mint(parts, caller, json!({ "name": "first key" }), expires_in).await;
    }
    print::error(&format!(
        "Workspace {slug} is ready and already has valid API keys ({keys}). \
         `covibe-server keys create --workspace {slug}` creates another one."
    ));
    bail!("no key was printed")
}

async fn has_members(store: &Store, tenant: &TenantId) -> anyhow::Result<bool> {
    let mut tx = store.tenant_read(tenant).await?;
    let members = tx.members().await?;
    tx.commit().await?;
    Ok(!members.is_empty())
}

/// Checks that a tenant has no members, or that this is the address of one: somebody who signed up may have founded a
/// company with the same name.
async fn check_own(store: &Store, tenant: &TenantId, email: &Email) -> anyhow::Result<()> {
    let mut tx = store.tenant_read(tenant).await?;
    let members = tx.members().await?;
    tx.commit().await?;
    if members.is_empty() || members.iter().any(|member| member.user.email == *email) {
        return Ok(());
    }
    bail!(
        "a company with this name exists, has members ({}), and {email} is not one of them. If \
         {email} is to be an admin of that company, pass --existing; for another company, pass \
         another name, or a slug with --workspace",
        members.len()
    )
}

/// Invites somebody to be an admin of the tenant, and prints the link by which they become one.
async fn print_link(
    parts: &Parts,
    origin: &str,
    tenant: &TenantId,
    email: &Email,
) -> anyhow::Result<()> {
    let appointed = parts.dispatcher().appoint_admin(tenant, email).await;
    let appointed = appointed.map_err(|failure| with_hint(&failure))?;
    print::error(&next_step(email, &appointed, parts.identity.signs_in_by_workos()));
    print::line(&format!("{origin}/auth/invitation/{}", appointed.token.expose()));
    Ok(())
}

/// Returns the next step of the operator with the link.
fn next_step(email: &Email, appointed: &Appointment, by_workos: bool) -> String {
    let mut text = format!("Pass this link only to {email}. Whoever opens it within 7 days ");
    if by_workos {
        text.push_str(
            "and signs in with an account at WorkOS whose address is verified is an admin.",
        );
        return text;
    }
    text.push_str("and chooses a password is an admin.");
    if !appointed.is_known {
        return text;
    }
    text.push_str(
        " An account with this address already exists: the link gives the account to them, and \
         invalidates its password, sessions, links and API keys.",
    );
    if !appointed.elsewhere.is_empty() {
        let elsewhere = appointed.elsewhere.join(", ");
        text = format!("{text} It stays a member of: {elsewhere}.");
    }
    text
}

/// Returns the workspace that an earlier run created: it is the one of a tenant of this name, which
/// only the operator gives. Agents choose the names of workspaces.
async fn adopt_workspace(
    store: &Store,
    present: &Caller,
    name: &str,
) -> anyhow::Result<WorkspaceRecord> {
    let record = &present.workspace;
    let mut tx = store.tenant_read(&record.tenant).await?;
    let owner = tx.tenant_name().await?.unwrap_or_default();
    tx.commit().await?;
    if owner != name {
        bail!(
            "the slug {} belongs to the tenant `{owner}`; choose another one with --workspace",
            record.slug
        );
    }
    Ok(WorkspaceRecord::clone(record))
}

async fn found_workspace(
    parts: &Parts,
    name: &str,
    slug: &Slug,
) -> anyhow::Result<WorkspaceRecord> {
    let tenant = TenantId::from_random(covibe_crypto::random());
    let created = covibe_workspace::create_tenant(&parts.platform, tenant, slug.clone(), name);
    created.await.map_err(|failure| with_hint(&failure))
}

/// Returns whether a listed key has not expired.
fn is_valid(key: &Value) -> bool {
    let expires_at = key["expiresAt"].as_str().and_then(Timestamp::parse);
    expires_at.is_none_or(|at| at > Timestamp::now())
}

/// Checks a name as the operation that creates workspaces does.
fn check_name(name: &str, slug: &Slug) -> anyhow::Result<()> {
    let registry = covibe_tools::registry();
    let tool = find(&registry, "workspaces.create")?;
    let checked = tool.check(&mut json!({ "slug": slug, "name": name }));
    checked.map_err(|failure| anyhow!("{failure}"))
}

/// Makes the slug of a workspace from a tenant's name.
fn slug_of(name: &str) -> anyhow::Result<Slug> {
    let has_letters = name.chars().any(|c| c.is_ascii_alphanumeric());
    let label = if has_letters { names::label(name) } else { String::new() };
    label.parse().map_err(|reason| {
        anyhow!("no slug can be made from the name `{name}` ({reason}): pass --workspace")
    })
}
