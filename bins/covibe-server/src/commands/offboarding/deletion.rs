//! `covibe-server tenant delete`: what would become of a tenant, and that it does.

use anyhow::{bail, ensure};
use covibe_config::Config;
use covibe_domain::{TenantId, names};
use covibe_identity::Caller;
use serde_json::json;

use super::upstream_resources::{Holdings, Resource};
use super::{callers, compose_parts, open_store, overview};
use crate::commands::api_keys::{call, with_hint};
use crate::commands::object_storage;
use crate::print;
use crate::wiring::Parts;

/// The things that go, too.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Scope {
    pub(crate) volumes: bool,
    pub(crate) repositories: bool,
    pub(crate) zones: bool,
    pub(crate) buckets: bool,
}

/// Prints what would become of a tenant; with its id once more, carries it out.
///
/// # Errors
///
/// Something could not be looked at or deleted; the others are deleted all the same.
pub(crate) async fn delete(
    tenant: &TenantId,
    confirm: Option<&TenantId>,
    with: Scope,
) -> anyhow::Result<()> {
    ensure!(confirm.is_none_or(|id| id == tenant), "--confirm is not the id {tenant}");
    let (config, store) = open_store().await?;
    let parts = compose_parts(&config, store).await?;
    let outcome = match confirm {
        None => plan(&parts, tenant, with).await,
        Some(_) => carry_out((&config, &parts), tenant, with).await,
    };
    parts.dispatcher().flush().await;
    outcome
}

/// Prints what would be done.
async fn plan(parts: &Parts, tenant: &TenantId, with: Scope) -> anyhow::Result<()> {
    let found = overview(&parts.store, tenant).await?;
    print::line(&format!(
        "TENANT {tenant} {}, {}",
        names::displayable(&found.name, 100),
        found.status
    ));
    print::line(&format!(
        "END {} keys, {} invitations, {} memberships; people keep their accounts",
        found.keys,
        found.open_invitations,
        found.people.len()
    ));
    let mut failed = 0;
    for caller in callers(&parts.store, tenant).await? {
        let slug = caller.workspace.slug.clone();
        match Holdings::read(parts, caller).await {
            Ok(holdings) => print::line(&lines(&holdings, with).join("\n")),
            Err(error) => {
                failed += 1;
                print::line(&format!("UNKNOWN contents of {slug}: {error:#}"));
            }
        }
    }
    print::line("KEEP the audit, the ledger of domains, and the tenant's slugs");
    print::line(&format!(
        "Nothing was changed. `covibe-server tenant delete {tenant} --confirm {tenant}` with the \
         same flags deletes the tenant, which can't be undone; run `covibe-server tenant export \
         {tenant}` first to keep a copy."
    ));
    ensure!(failed == 0, "the contents of {failed} workspaces are not known");
    Ok(())
}

/// Returns a line for each thing that a workspace has.
fn lines(of: &Holdings, with: Scope) -> Vec<String> {
    let slug = &of.caller.workspace.slug;
    if of.is_unfinished {
        return vec![format!("DELETE workspace {slug}, which never became ready")];
    }
    let fate = |goes: bool| if goes { "DELETE" } else { "KEEP" };
    let mut lines: Vec<_> =
        of.resources.iter().map(|each| deletion_line(slug.as_str(), each, with)).collect();
    lines.extend(of.repositories.iter().map(|(name, page)| {
        format!("{} repository {name} of {slug}, {page}", fate(with.repositories))
    }));
    let end =
        if with.repositories { "it ends with the repositories" } else { "revoke it in Gitea" };
    lines.extend(
        of.strangers
            .iter()
            .map(|each| format!("NOTE access to {slug} that the tenant gave: {each}; {end}")),
    );
    lines.extend(of.domains.iter().map(|domain| match &domain.attachment.zone {
        Some(zone) => format!(
            "{} zone {zone} of {}, of {slug}; the domain stays",
            fate(with.zones),
            domain.name
        ),
        None => format!("KEEP domain {} of {slug}, which has no zone", domain.name),
    }));
    lines.extend(
        of.bucket.iter().map(|bucket| {
            format!("{} bucket {} of {slug}", fate(with.buckets), bucket.place.bucket)
        }),
    );
    lines.push(format!("REPLACE the Gitea tokens of {slug}; KEEP its organisation and project"));
    lines
}

fn deletion_line(
    slug: &str,
    Resource { noun, operation, uuid, name, .. }: &Resource,
    with: Scope,
) -> String {
    let name = names::displayable(name, 100);
    match operation {
        None => format!(
            "KEEP {noun} {name} ({uuid}) of {slug}: it was made by hand in Coolify, delete it there"
        ),
        Some(_) if with.volumes => {
            format!("DELETE {noun} {name} ({uuid}) of {slug} with its volumes")
        }
        Some(_) => format!("DELETE {noun} {name} ({uuid}) of {slug}; KEEP its volumes"),
    }
}

/// Deletes a tenant.
async fn carry_out(
    (config, parts): (&Config, &Parts),
    tenant: &TenantId,
    with: Scope,
) -> anyhow::Result<()> {
    let begun = parts.platform.begin_tenant_deletion(tenant).await;
    let begun = begun.map_err(|failure| with_hint(&failure))?;
    let ended = begun.ended;
    print::line(&format!(
        "ENDED {} keys, {} invitations, {} memberships",
        ended.keys, ended.invitations, ended.people
    ));
    let mut failed = 0;
    for caller in callers(&parts.store, tenant).await? {
        failed += clear((config, parts), caller, with).await;
    }
    if failed > 0 {
        begun.record_stop().await.map_err(|failure| with_hint(&failure))?;
        bail!("{failed} items could not be deleted; fix the causes, then repeat the same command");
    }
    begun.record_end().await.map_err(|failure| with_hint(&failure))?;
    print::line(&format!("DELETED tenant {tenant}; its audit stays"));
    Ok(())
}

/// Deletes what a workspace has, and returns how much of it is left that should not be.
async fn clear((config, parts): (&Config, &Parts), caller: Caller, with: Scope) -> usize {
    let slug = caller.workspace.slug.clone();
    let of = match Holdings::read(parts, caller).await {
        Ok(of) => of,
        Err(error) => return print_outcome(&format!("what {slug} has"), Err(error)),
    };
    if of.is_unfinished {
        let rolled_back =
            call(parts, of.caller, "workspace.rollback", json!({ "confirm": slug })).await;
        return print_outcome(&format!("workspace {slug}"), rolled_back.map(drop));
    }
    let mut failed = 0;
    for resource in &of.resources {
        let Resource { noun, uuid, name, .. } = resource;
        let what = format!("{noun} {} ({uuid}) of {slug}", names::displayable(name, 100));
        let deleted = delete_resource(parts, &of.caller, resource, with).await;
        failed += print_outcome(&what, deleted);
    }
    failed +=
        print_outcome(&format!("Gitea tokens of {slug}"), replace_tokens(parts, &of.caller).await);
    if with.repositories {
        for (name, _) in &of.repositories {
            let params = json!({ "repo": name, "confirm": name });
            let deleted = call(parts, of.caller.clone(), "repos.delete", params).await;
            failed += print_outcome(&format!("repository {name} of {slug}"), deleted.map(drop));
        }
    }
    failed + clear_names((config, parts), &of, with).await
}

/// Removes the zones and the bucket of a workspace, as far as they are to go.
async fn clear_names((config, parts): (&Config, &Parts), of: &Holdings, with: Scope) -> usize {
    let (workspace, mut failed) = (&of.caller.workspace, 0);
    for domain in of.domains.iter().filter(|it| with.zones && it.attachment.zone.is_some()) {
        let removed = parts.platform.remove_zone(workspace, &domain.name).await;
        let removed = removed.map(drop).map_err(|failure| with_hint(&failure));
        failed += print_outcome(&format!("zone of {}", domain.name), removed);
    }
    if let Some(bucket) = of.bucket.as_ref().filter(|_| with.buckets) {
        let removed = object_storage::remove_of(config, &parts.store, workspace).await;
        failed += print_outcome(&format!("bucket {}", bucket.place.bucket), removed);
    }
    failed
}

/// Deletes an app, auth provider or database by its operation. What an operator made by hand stays.
async fn delete_resource(
    parts: &Parts,
    caller: &Caller,
    Resource { operation, uuid, name, .. }: &Resource,
    with: Scope,
) -> anyhow::Result<()> {
    let Some(operation) = operation else { return Ok(()) };
    let mut params = json!({ "uuid": uuid, "confirm": name });
    if with.volumes {
        params["volumes"] = json!("delete");
    }
    let deleted = call(parts, caller.clone(), operation, params).await?;
    let hint = deleted["hint"].as_str().unwrap_or("check in Coolify");
    ensure!(deleted["deleted"] == true, "it is {}: {hint}", deleted["status"]);
    Ok(())
}

/// Replaces the tokens that the tenant has for its repositories, with ones that nobody gets.
pub(super) async fn replace_tokens(parts: &Parts, caller: &Caller) -> anyhow::Result<()> {
    let rotate = json!({ "rotate": ["pat", "clone", "keypair"] });
    call(parts, caller.clone(), "workspace.provision", rotate).await.map(drop)
}

/// Prints the outcome of a removal. Returns 1 if the thing is left.
fn print_outcome(what: &str, outcome: anyhow::Result<()>) -> usize {
    match outcome {
        Ok(()) => {
            print::line(&format!("DONE {what}"));
            0
        }
        Err(error) => {
            print::line(&format!("FAIL {what}: {error:#}"));
            1
        }
    }
}
