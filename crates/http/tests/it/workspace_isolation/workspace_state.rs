//! All that a workspace has, here and on the upstreams.

use std::collections::BTreeMap;

use covibe_sandbox::{coolify, gitea};
use covibe_testkit_http::{Member, World};
use serde_json::Value;

use crate::support::{CallStyle, Estate, parameter_samples};

/// Everything, in a form to be compared.
#[derive(Debug, PartialEq)]
pub(super) struct WorkspaceState {
    /// The answers to its own agent, by operation.
    told: BTreeMap<&'static str, Value>,
    /// The objects of the upstreams under its names.
    names: Vec<(String, String)>,
    /// Its rows.
    rows: Vec<String>,
}

/// The state of one of the world's workspaces.
pub(super) async fn read_state(world: &World, member: &Member, estate: &Estate) -> WorkspaceState {
    let mut told = BTreeMap::new();
    for tool in crate::support::for_keys(world) {
        // What containers print changes by itself; the audit, and what stands around texts and files, with each
        // call.
        let framed = ["apps.logs", "audit.list", "deployments.logs", "repos.read"];
        let is_framed = framed.contains(&tool.spec.name);
        let is_open = !parameter_samples::is_for_tenants(tool);
        if is_open && !tool.spec.access.changes() && !is_framed {
            let params = parameter_samples::params(tool, estate, "never-made");
            let mut outcome = CallStyle::Rest.call(&estate.agent, tool, &params).await.outcome;
            outcome.iter_mut().for_each(without_uses);
            told.insert(tool.spec.name, outcome.expect("its own answer"));
        }
    }
    WorkspaceState { told, names: names(world, member, estate), rows: rows(world, member).await }
}

/// Reading uses a key, which is noted with it. Coolify's report about containers changes by itself.
fn without_uses(value: &mut Value) {
    match value {
        Value::Object(members) => {
            // Each answer draws another frame around the message of a commit.
            for name in ["lastUsedAt", "status", "statusAsOf", "health", "message"] {
                members.remove(name);
            }
            members.values_mut().for_each(without_uses);
        }
        Value::Array(items) => items.iter_mut().for_each(without_uses),
        _ => {}
    }
}

fn names(world: &World, member: &Member, estate: &Estate) -> Vec<(String, String)> {
    let slug = member.record.slug.as_str();
    let is_lasting = |one: &coolify::Collection| *one != coolify::Collection::Containers;
    let coolify = coolify::Collection::ALL.into_iter().filter(is_lasting);
    let coolify =
        coolify.map(|collection| (format!("{collection:?}"), world.coolify.names(collection)));
    let gitea = gitea::Collection::ALL
        .map(|collection| (format!("{collection:?}"), world.gitea.names(collection)));
    let all = coolify.chain(gitea).flat_map(|(collection, names)| {
        names.into_iter().map(move |name| (collection.clone(), name))
    });
    all.filter(|(_, name)| name.contains(slug) || estate.ids().any(|id| name.contains(id)))
        .collect()
}

async fn rows(world: &World, member: &Member) -> Vec<String> {
    let workspace = &member.record.id;
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let record = tx.workspace(workspace).await.expect("a row").expect("the workspace");
    let steps = tx.steps(workspace).await.expect("rows");
    let projects = tx.projects(workspace, None, u64::MAX).await.expect("rows");
    let keys = tx.keys(workspace).await.expect("rows");
    tx.commit().await.expect("its end");
    let keys = keys.into_iter().map(|key| format!("{:?} {:?}", key.id, key.name));
    let rows = [format!("{record:?}"), format!("{steps:?}"), format!("{projects:?}")];
    // `Debug` hides the value that its record has instead of the token's sealed text.
    let tokens = record.gitea_bot_token.into_iter().chain(record.gitea_clone_token);
    rows.into_iter().chain(tokens).chain(keys).collect()
}
