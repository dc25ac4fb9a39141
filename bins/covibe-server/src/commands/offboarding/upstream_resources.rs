//! The things that a workspace has on the upstreams, as the operations list it.

use covibe_domain::entities::ProvisionStatus;
use covibe_identity::Caller;
use covibe_store::{DomainRecord, StorageRecord};
use serde_json::{Value, json};

use crate::commands::api_keys::{call, with_hint};
use crate::wiring::Parts;

/// The maximum number of domains that are read of a workspace.
const DOMAINS: u32 = 10_000;

/// A workspace and its resources on the upstreams.
pub(super) struct Holdings {
    /// The operator, acting on the workspace.
    pub(super) caller: Caller,
    /// True if it never became ready, so that it is rolled back as a whole.
    pub(super) is_unfinished: bool,
    pub(super) resources: Vec<Resource>,
    /// The repositories, by name, with their pages.
    pub(super) repositories: Vec<(String, String)>,
    pub(super) domains: Vec<DomainRecord>,
    pub(super) bucket: Option<StorageRecord>,
    /// The keys, hooks, members and the like that have access to its code and that nobody but the tenant added, as
    /// lines; also a line for any that could not be read.
    pub(super) strangers: Vec<String>,
}

/// An app, auth provider or database.
pub(super) struct Resource {
    /// The word for its kind.
    pub(super) noun: &'static str,
    /// The operation that deletes it; `None` if an operator made it by hand.
    pub(super) operation: Option<&'static str>,
    pub(super) uuid: String,
    pub(super) name: String,
    /// The port on the internet, of a public database.
    pub(super) public_port: Option<u64>,
}

/// The kinds of resources in the order in which they are deleted: noun, operation that lists them, member of its answer,
/// operation that deletes one. Databases come last, because the others use them.
const KINDS: [(&str, &str, &str, &str); 3] = [
    ("app", "apps.list", "apps", "apps.delete"),
    ("auth provider", "auth.list", "providers", "auth.delete"),
    ("database", "databases.list", "databases", "databases.delete"),
];

impl Holdings {
    /// Reads the resources of a workspace from the upstreams.
    ///
    /// # Errors
    ///
    /// One of them does not answer.
    pub(super) async fn read(parts: &Parts, caller: Caller) -> anyhow::Result<Self> {
        let of = &caller.workspace;
        let mut tx = parts.store.tenant_read(&of.tenant).await?;
        let domains = tx.domains(&of.id, "", DOMAINS).await?;
        let bucket = tx.storage(&of.id).await?;
        tx.commit().await?;
        let is_unfinished = of.provision_status != ProvisionStatus::Ready;
        let (mut resources, mut repositories, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
        if !is_unfinished {
            for (noun, list, member, operation) in KINDS {
                let listed = read_pages(parts, &caller, list, member).await?;
                resources.extend(listed.iter().map(|each| resource(noun, operation, each)));
            }
            let left = unfinished(parts, &caller).await?.into_iter();
            // Resources that Coolify still lists were not deleted yet.
            let left = left.filter(|rest| resources.iter().all(|each| each.uuid != rest.uuid));
            resources.extend(left.collect::<Vec<_>>());
            let listed = read_pages(parts, &caller, "repos.list", "repos").await?;
            let named = |each: &Value| (text(each, "repo"), text(each, "webUrl"));
            repositories = listed.iter().map(named).collect();
            let described = call(parts, caller.clone(), "workspace.describe", json!({})).await?;
            strangers = strange(&described["strangers"]);
        }
        Ok(Self { caller, is_unfinished, resources, repositories, domains, bucket, strangers })
    }
}

/// Returns the remains of interrupted deletions: resources that Coolify no longer lists.
async fn unfinished(parts: &Parts, caller: &Caller) -> anyhow::Result<Vec<Resource>> {
    let left = parts.platform.unfinished_deletions(&caller.workspace).await;
    let left = left.map_err(|failure| with_hint(&failure))?.into_iter();
    // Each of the operations finishes what any of them began.
    let operation = Some("apps.delete");
    let rest = |(uuid, name)| Resource { noun: "rest", operation, uuid, name, public_port: None };
    Ok(left.map(rest).collect())
}

fn resource(noun: &'static str, operation: &'static str, each: &Value) -> Resource {
    let is_ours = each["kind"] != "other";
    let operation = is_ours.then_some(operation);
    let public_port = each["publicPort"].as_u64().filter(|_| each["isPublic"] == true);
    Resource { noun, operation, uuid: text(each, "uuid"), name: text(each, "name"), public_port }
}

/// Returns a line for each stranger, and one for those that could not be read.
fn strange(of: &Value) -> Vec<String> {
    let found = of["found"].as_array().into_iter().flatten();
    let mut lines: Vec<_> = found
        .map(|each| {
            let place =
                each["repo"].as_str().map_or_else(String::new, |repo| format!(" of {repo}"));
            format!("{} {}{place}", text(each, "kind"), text(each, "name"))
        })
        .collect();
    let more = ["more", "unreadRepos"].iter().filter_map(|name| of[name].as_u64()).sum::<u64>();
    lines.extend((more > 0).then(|| format!("{more} that were not checked")));
    lines.extend(of["incomplete"].as_str().map(str::to_owned));
    lines
}

/// Returns all pages of a list.
async fn read_pages(
    parts: &Parts,
    caller: &Caller,
    operation: &str,
    member: &str,
) -> anyhow::Result<Vec<Value>> {
    let (mut all, mut params) = (Vec::new(), json!({}));
    loop {
        let mut page = call(parts, caller.clone(), operation, params).await?;
        if let Value::Array(rows) = page[member].take() {
            all.extend(rows);
        }
        match page["next"].take() {
            Value::String(next) => params = json!({ "next": next }),
            _ => return Ok(all),
        }
    }
}

fn text(each: &Value, member: &str) -> String {
    each[member].as_str().unwrap_or_default().to_owned()
}
