//! The check that each workspace has a Docker network of its own: without one, it shares that of others.

use covibe_config::Config;
use covibe_coolify::{Client, Destination, Version};
use covibe_domain::ServerUuid;
use covibe_domain::entities::ProvisionStatus;
use covibe_installation::{tenants, upstream_clients};
use covibe_store::{Store, WorkspaceRecord};

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};

const NAME: &str = "workspaces.networks";

/// The number of workspaces that are named.
const NAMED: usize = 20;

/// The consequence of sharing a network.
const SHARED: &str = "share a Docker network, so tenants can reach each other's containers";

/// Compares the destinations of the workspaces with Coolify's. Returns `None` if Coolify does not report
/// them; other checks say why.
pub(crate) async fn check(config: &Config, store: Option<&Store>) -> Option<Check> {
    let client = upstream_clients::coolify_client(config.coolify.as_ref()?, None).ok()?;
    let server = client.server().await.ok()?;
    if let Some(missing) = missing_steps(config, &client, &server).await? {
        return Some(warned_check(NAME, format!("the workspaces {SHARED}: {missing}")));
    }
    let Some(store) = store else { return Some(passed_check(NAME, "there are no workspaces yet")) };
    let mut workspaces = match tenants::workspaces(config, store).await {
        Ok(workspaces) => workspaces,
        Err(error) => return Some(warned_check(NAME, format!("unknown: {error:#}"))),
    };
    workspaces.retain(|record| record.provision_status == ProvisionStatus::Ready);
    let known = client.destinations(&server).await.ok()?;
    Some(report_sharing(&workspaces, &server, &known))
}

/// Returns the steps that are necessary before workspaces can have networks of their own, if any.
async fn missing_steps(
    config: &Config,
    client: &Client,
    server: &ServerUuid,
) -> Option<Option<&'static str>> {
    const THEN: &str = "set COVIBE_DOCKER_HOST, then run `covibe-server provision --all`";
    let version = client.version().await.ok()?.parse::<Version>();
    let is_old = version.is_ok_and(|version| !version.creates_destinations());
    let has_host = config.docker.usual.is_some() || config.docker.of_servers.contains_key(server);
    Some(match (is_old, has_host) {
        (true, _) => Some("upgrade Coolify to 4.3 or later, and then do what this check says"),
        (false, false) => Some(THEN),
        (false, true) => None,
    })
}

fn report_sharing(
    workspaces: &[WorkspaceRecord],
    server: &ServerUuid,
    known: &[Destination],
) -> Check {
    let is_here =
        |record: &&WorkspaceRecord| record.coolify_destination_server.as_ref() == Some(server);
    let is_gone = |record: &&WorkspaceRecord| {
        let uuid = record.coolify_destination_uuid.as_ref();
        known.iter().all(|one| Some(&one.uuid) != uuid)
    };
    let (own, shared): (Vec<_>, Vec<_>) = workspaces.iter().partition(is_here);
    let gone: Vec<_> = own.into_iter().filter(is_gone).collect();
    if !gone.is_empty() {
        let says = "Coolify no longer has the destinations of workspaces, so nothing can be \
                    created in them";
        return failed_check(
            NAME,
            format!("{says}: {}; run `covibe-server provision --all`", list_slugs(&gone)),
        );
    }
    if shared.is_empty() {
        return passed_check(
            NAME,
            "each workspace has its own; older resources may be on the shared one",
        );
    }
    let run = "`covibe-server provision --all` gives each one its own";
    warned_check(
        NAME,
        format!("{} workspaces {SHARED}: {}; {run}", shared.len(), list_slugs(&shared)),
    )
}

/// Returns the slugs of the first of these workspaces.
fn list_slugs(workspaces: &[&WorkspaceRecord]) -> String {
    let slugs = workspaces.iter().take(NAMED).map(|record| record.slug.as_str());
    let named = slugs.collect::<Vec<_>>().join(", ");
    match workspaces.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
