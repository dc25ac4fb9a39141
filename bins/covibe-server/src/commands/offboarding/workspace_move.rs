//! `covibe-server workspace move-tenant`: what would go along with a workspace, and the move.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use covibe_config::Config;
use covibe_domain::{Slug, TenantId, names};
use covibe_identity::Caller;
use covibe_installation::tenants;
use covibe_workspace::{TenantOverview, WorkspaceOverview};

use super::former_access::{known_secrets, planned_lines, replace};
use super::upstream_resources::Holdings;
use super::{after_audit, compose_parts, open_store, overview};
use crate::commands::api_keys::with_hint;
use crate::print;
use crate::wiring::Parts;

/// Prints what a move would do; with the slug once more, makes it, or finishes one that was interrupted.
///
/// # Errors
///
/// The workspace or tenant is missing, or something of the workspace is open.
pub(crate) async fn move_tenant(
    slug: &Slug,
    to: &TenantId,
    confirm: Option<&Slug>,
) -> anyhow::Result<()> {
    ensure!(confirm.is_none_or(|other| other == slug), "--confirm is not the slug {slug}");
    let (config, store) = open_store().await?;
    let found = tenants::operator(&config, &store, slug).await?;
    let caller = found.with_context(|| {
        format!("there is no workspace {slug}; `covibe-server workspace list` lists them")
    })?;
    let parts = compose_parts(&config, store).await?;
    let outcome = match confirm {
        Some(_) => carry_out((&config, &parts), caller, to).await,
        None => plan(&parts, caller, to).await,
    };
    parts.dispatcher().flush().await;
    outcome
}

/// Moves a workspace, unless an earlier call did and was interrupted afterwards, and replaces the secrets that the former
/// company knows, as far as that is possible.
async fn carry_out(
    (config, parts): (&Config, &Parts),
    caller: Caller,
    to: &TenantId,
) -> anyhow::Result<()> {
    let record = Arc::clone(&caller.workspace);
    let (slug, from) = (&record.slug, &record.tenant);
    // Before the move, so that nothing fails between the move and these lines.
    let holdings = Holdings::read(parts, caller).await;
    let holdings = holdings.with_context(|| format!("nothing of {slug} was changed"))?;
    let unfinished = parts.platform.is_move_unfinished(&record).await;
    if from == to && unfinished.map_err(|failure| with_hint(&failure))? {
        print::line(&format!("MOVED {slug} to {to} earlier, without new credentials"));
    } else {
        let moved = parts.platform.move_workspace(&record, to).await;
        after_audit(parts, moved).await?;
        print::line(&format!("MOVED {slug} from {from} to {to}"));
    }
    print_all(&known_secrets(&holdings));
    replace(config, parts, slug).await
}

/// Prints what would be done.
async fn plan(parts: &Parts, caller: Caller, to: &TenantId) -> anyhow::Result<()> {
    let record = Arc::clone(&caller.workspace);
    let (slug, from) = (&record.slug, overview(&parts.store, &record.tenant).await?);
    let to = overview(&parts.store, to).await?;
    for (word, tenant) in [("FROM", &from), ("TO", &to)] {
        let name = names::displayable(&tenant.name, 100);
        print::line(&format!("{word} {} {name}, {}", tenant.id, tenant.status));
    }
    let holdings = Holdings::read(parts, caller).await?;
    print_all(&gone_along(&holdings));
    print_all(&record_lines(slug, &from, &to));
    print_all(&planned_lines(&holdings));
    let can = parts.platform.check_move(&record, &to.id).await;
    can.map_err(|failure| with_hint(&failure))
        .context("nothing was changed, and the move can't be made now")?;
    print::line(&format!(
        "Nothing was changed. `covibe-server workspace move-tenant {slug} --to {} --confirm \
         {slug}` moves the workspace.",
        to.id
    ));
    Ok(())
}

fn print_all(lines: &[String]) {
    for line in lines {
        print::line(line);
    }
}

/// Returns a line for each thing that goes along.
fn gone_along(of: &Holdings) -> Vec<String> {
    let resources = of.resources.iter().map(|each| {
        format!("MOVE {} {} ({})", each.noun, names::displayable(&each.name, 100), each.uuid)
    });
    let repositories =
        of.repositories.iter().map(|(name, page)| format!("MOVE repository {name}, {page}"));
    let domains = of.domains.iter().map(|domain| match &domain.attachment.zone {
        Some(zone) => format!("MOVE domain {} with its zone {zone}", domain.name),
        None => format!("MOVE domain {}", domain.name),
    });
    let bucket = of.bucket.iter().map(|bucket| format!("MOVE bucket {}", bucket.place.bucket));
    let moved = resources.chain(repositories).chain(domains).chain(bucket);
    let strangers =
        of.strangers.iter().map(|each| format!("NOTE access that was given by hand: {each}"));
    let rest = "MOVE its organisation, its project in Coolify, and the records of both";
    moved.chain(strangers).chain([rest.to_owned()]).collect()
}

/// Returns the lines about keys, people and records.
fn record_lines(slug: &Slug, from: &TenantOverview, to: &TenantOverview) -> Vec<String> {
    let is_own = |each: &&WorkspaceOverview| each.slug == *slug;
    let keys = from.workspaces.iter().find(is_own).map_or(0, |own| own.keys);
    let mut lines = vec![format!(
        "END {keys} keys, the invitations and members of the workspace, the reports of companions \
         about their machines"
    )];
    let lost = from.people.iter().filter(|one| to.people.iter().all(|other| other.id != one.id));
    lines.extend(lost.map(|person| {
        format!("END the access of {} ({} of {})", person.email, person.role, from.id)
    }));
    lines.push(format!(
        "KEEP with {}: the audit so far, the ledger, the history of domains",
        from.id
    ));
    lines
}
