//! Tenants and workspaces as lines of a terminal.

use covibe_domain::names;
use covibe_workspace::{TenantOverview, WorkspaceOverview};

/// The longest part of a name that is shown: people choose names, and a terminal acts on control characters.
const LONGEST: usize = 100;

/// Returns the line of a tenant in a list.
pub(super) fn line(tenant: &TenantOverview) -> String {
    let TenantOverview { id, status, keys, .. } = tenant;
    let (workspaces, people) = (tenant.workspaces.len(), tenant.people.len());
    let name = names::displayable(&tenant.name, LONGEST);
    format!("{id}  {status:<9}  workspaces {workspaces}  people {people}  keys {keys}  {name}")
}

/// Returns the line of a workspace in a list.
pub(super) fn workspace(workspace: &WorkspaceOverview) -> String {
    let WorkspaceOverview { slug, tenant, provision_status, keys, .. } = workspace;
    let name = names::displayable(&workspace.name, LONGEST);
    format!("{slug}  {tenant}  {provision_status}  keys {keys}  {name}")
}

/// Returns the lines about a tenant.
pub(super) fn lines(tenant: &TenantOverview) -> Vec<String> {
    let since = tenant.since.map(|at| format!(" since {at}")).unwrap_or_default();
    let mut lines = vec![
        format!("TENANT {} {}", tenant.id, names::displayable(&tenant.name, LONGEST)),
        format!("STATUS {}{since}, created {}", tenant.status, tenant.created_at),
        format!("KEYS {} valid, INVITATIONS {} open", tenant.keys, tenant.open_invitations),
    ];
    lines.extend(tenant.people.iter().map(|person| {
        let name = names::displayable(&person.name, LONGEST);
        format!("PERSON {} {} since {}, {name}", person.email, person.role, person.since)
    }));
    for each in &tenant.workspaces {
        lines.push(format!("WORKSPACE {}", workspace(each)));
        lines.extend(resource_lines(each));
    }
    lines
}

/// Returns the lines about the domains and the bucket of a workspace.
fn resource_lines(workspace: &WorkspaceOverview) -> Vec<String> {
    let slug = &workspace.slug;
    let domains = workspace.domains.iter().map(|domain| {
        let ends = domain.expires_at.map(|at| format!(", ends {at}")).unwrap_or_default();
        let zone = domain.zone.as_deref().unwrap_or("none");
        format!("DOMAIN {} of {slug}, {}{ends}, zone {zone}", domain.name, domain.state)
    });
    let bucket = workspace.bucket.iter().map(|bucket| {
        format!("BUCKET {} of {slug}, {}, at {}", bucket.name, bucket.state, bucket.endpoint)
    });
    domains.chain(bucket).collect()
}
