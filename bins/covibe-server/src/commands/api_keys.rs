//! `covibe-server keys`: the operator's access to the operations on API keys.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use covibe_dispatch::{Call, Surface};
use covibe_domain::{Failure, Slug, Timestamp, names};
use covibe_identity::Caller;
use covibe_installation::{listeners, tenants};
use covibe_workspace::{Registry, Tool};
use serde_json::{Value, json};

use super::configured;
use crate::cli::Keys;
use crate::print;
use crate::wiring::{self, Parts};

/// The milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Runs one of the commands on keys.
pub(crate) async fn run(command: Keys) -> anyhow::Result<()> {
    match command {
        Keys::Create { workspace, name, scope, access, expires_in } => {
            let (parts, caller) = open(&workspace).await?;
            let params = json!({ "name": name, "scope": scope, "access": access });
            let minted = mint(&parts, caller, params, expires_in).await;
            parts.dispatcher().flush().await;
            minted
        }
        Keys::List { workspace, json } => {
            let (parts, caller) = open(&workspace).await?;
            let listed = call(&parts, caller, "keys.list", json!({})).await;
            parts.dispatcher().flush().await;
            let listed = listed?;
            if json {
                print::line(&listed.to_string());
            } else {
                print_list(&workspace, &listed);
            }
            Ok(())
        }
        Keys::Revoke { workspace, id } => {
            let (parts, caller) = open(&workspace).await?;
            let revoked = call(&parts, caller, "keys.revoke", json!({ "keyId": id })).await;
            parts.dispatcher().flush().await;
            revoked.map(|revoked| print_revoked(&id, &revoked))
        }
    }
}

/// Mints a key and prints it: the key to stdout, what it is to stderr.
pub(crate) async fn mint(
    parts: &Parts,
    caller: Caller,
    mut params: Value,
    days: u16,
) -> anyhow::Result<()> {
    let slug = caller.workspace.slug.clone();
    if days == 0 {
        params["neverExpires"] = json!(true);
    } else {
        let at = Timestamp::now().as_millis() + i64::from(days) * DAY;
        params["expiresAt"] = json!(Timestamp::from_millis(at));
    }
    if let Some(members) = params.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let minted = call(parts, caller, "keys.mint", params).await?;
    let expiry = match minted["expiresAt"].as_str() {
        Some(at) => format!("It expires at {at}."),
        None => "It does not expire.".to_owned(),
    };
    print::error(&format!(
        "API key {} of workspace {slug}. It is shown only once. {expiry}",
        word(&minted["id"])
    ));
    print::line(word(&minted["token"]));
    Ok(())
}

/// Runs an operation as the operator.
pub(crate) async fn call(
    parts: &Parts,
    caller: Caller,
    name: &str,
    params: Value,
) -> anyhow::Result<Value> {
    let dispatcher = parts.dispatcher();
    let tool = Arc::clone(find(dispatcher.registry(), name)?);
    let surface = Surface::CommandLine;
    let call = Call { caller, tool, params, surface, slug: None, progress: None, place: None };
    let answer = dispatcher.call(call).await.map_err(|failure| with_hint(&failure))?;
    Ok(answer.value())
}

/// Returns the operation with this name.
pub(crate) fn find<'a>(registry: &'a Registry, name: &str) -> anyhow::Result<&'a Arc<Tool>> {
    let mut operations = registry.operations();
    operations.find(|tool| tool.spec.name == name).context("no such operation")
}

/// Returns a failure with its hint.
pub(crate) fn with_hint(failure: &Failure) -> anyhow::Error {
    match &failure.hint {
        Some(hint) => anyhow!("{failure} {hint}"),
        None => anyhow!("{failure}"),
    }
}

/// Opens an existing database and finds a workspace in it.
async fn open(slug: &Slug) -> anyhow::Result<(Parts, Caller)> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let caller = tenants::operator(&config, &store, slug).await?;
    let caller = caller.with_context(|| {
        format!("there is no workspace {slug}; `covibe-server tenant create` creates one")
    })?;
    let origin = listeners::origin(&config, config.bind);
    Ok((wiring::parts(&config, store, origin).await?, caller))
}

fn print_list(slug: &Slug, listed: &Value) {
    let keys = listed["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() {
        print::line(&format!("Workspace {slug} has no keys."));
    }
    for key in keys {
        let used = key["lastUsedAt"].as_str().unwrap_or("never");
        let expires = key["expiresAt"].as_str().unwrap_or("never");
        // The person who minted the key chose its name, and a terminal acts on control characters.
        let name = names::displayable(key["name"].as_str().unwrap_or("-"), 100);
        let [id, prefix, scope, access] =
            ["id", "prefix", "scope", "access"].map(|member| word(&key[member]));
        let by = key["mintedBy"].as_str().unwrap_or("operator");
        print::line(&format!(
            "{id}  {prefix}  {scope}  {access}  used {used}  expires {expires}  minted by {by}  {name}"
        ));
    }
}

/// Prints which keys a revocation ended.
fn print_revoked(id: &str, revoked: &Value) {
    print::error(&format!("Revoked {id}."));
    for key in revoked["alsoRevoked"].as_array().into_iter().flatten() {
        let name = names::displayable(key["name"].as_str().unwrap_or("-"), 100);
        let other = word(&key["id"]);
        print::error(&format!(
            "Revoked {other} ({name}), too: it was minted with {id}, or with a key that descends from it."
        ));
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
