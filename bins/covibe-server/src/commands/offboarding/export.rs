//! `covibe-server tenant export`: the records of a tenant, and how its repositories and volumes are copied.

use anyhow::bail;
use covibe_domain::{TenantId, Timestamp};
use serde_json::{Value, json};

use super::upstream_resources::Holdings;
use super::{after_audit, callers, overview, parts};
use crate::print;

/// Prints the records and the commands as one JSON object.
///
/// # Errors
///
/// Also if an upstream does not report the resources of a workspace: then the rest is printed, with the missing parts.
pub(crate) async fn export(tenant: &TenantId) -> anyhow::Result<()> {
    let parts = parts().await?;
    let overview = overview(&parts.store, tenant).await?;
    let records = after_audit(&parts, parts.platform.export_tenant(tenant).await).await?;
    let (mut copies, mut missing) = (Vec::new(), Vec::new());
    for caller in callers(&parts.store, tenant).await? {
        let slug = caller.workspace.slug.clone();
        match Holdings::read(&parts, caller).await {
            Ok(found) => copies.extend(commands(&found)),
            Err(error) => missing.push(json!({ "workspace": slug, "why": format!("{error:#}") })),
        }
    }
    copies.push(json!({
        "what": "audit",
        "command": format!("covibe-server audit list --tenant {tenant} --limit 1000000 --json > audit.jsonl"),
    }));
    let is_whole = missing.is_empty();
    let exported = json!({
        "format": 1, "exportedAt": Timestamp::now(), "tenant": overview, "records": records,
        "copies": copies, "missing": missing,
    });
    print::line(&exported.to_string());
    parts.dispatcher().flush().await;
    if !is_whole {
        bail!(
            "the commands that copy some workspaces are missing: `missing` gives the reasons; \
             export again"
        );
    }
    Ok(())
}

/// Returns the commands that copy what is not in the database.
fn commands(of: &Holdings) -> Vec<Value> {
    let slug = &of.caller.workspace.slug;
    let repositories = of.repositories.iter().map(|(name, page)| {
        json!({
            "what": "repository", "workspace": slug, "name": name,
            "command": format!("git clone --mirror {page}.git"),
        })
    });
    // A resource's volumes have its uuid in this label; the names of others may contain it, too. Their data is whole while
    // nothing writes it.
    let volumes = of.resources.iter().map(|resource| {
        let uuid = &resource.uuid;
        json!({
            "what": "volumes", "workspace": slug, "of": resource.noun, "name": resource.name, "uuid": uuid,
            "command": format!(
                "for v in $(docker volume ls --quiet --filter label=com.docker.compose.project={uuid}); do docker run --rm -v \"$v\":/from:ro \
                 -v \"$PWD\":/to busybox tar -czf \"/to/$v.tar.gz\" -C /from .; done"
            ),
        })
    });
    let bucket = of.bucket.iter().map(|bucket| {
        let place = &bucket.place;
        json!({
            "what": "bucket", "workspace": slug, "name": place.bucket,
            "command": format!("aws s3 sync s3://{0} {0} --endpoint-url {1}", place.bucket, place.endpoint),
        })
    });
    repositories.chain(volumes).chain(bucket).collect()
}
