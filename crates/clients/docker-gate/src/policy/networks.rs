//! The calls on networks: reading one, creating or removing a workspace's own, and removing that of one app.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::allowed_call::{Action, AnswerHandling, Call, Forward, ParsedRequest, Subject, UNKNOWN};
use super::request_bodies;
use crate::http::{Method, Query, Refusal};
use crate::resource_names::{MAIN_PROXY, is_apps_network, is_network, is_own_network};

const NAME: Refusal =
    Refusal::forbidden("the network's name must be a uuid, or covibe- followed by a uuid");

/// The prefix of the labels of a network.
const OWN: &str = "covibe.";

/// The maximum number of labels of a network, and the longest name or value, in bytes.
const LABELS: usize = 16;
const LABEL: usize = 200;

/// A request to create a network. Unknown members are refused; except the labels, the optional ones
/// must be absent, `null` or the default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    name: String,
    driver: Option<String>,
    attachable: Option<bool>,
    check_duplicate: Option<bool>,
    internal: Option<bool>,
    ingress: Option<bool>,
    config_only: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: Option<bool>,
    options: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
}

/// A request to take a container off a network.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Disconnect {
    container: String,
    force: Option<bool>,
}

pub(super) fn decide(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, query, body, version } = asked;
    let forward = match (method, parts) {
        (Method::Post, ["networks", "create"]) => {
            query.expect_empty()?;
            let target = format!("{version}/networks/create");
            let body = Some(create(body)?);
            Forward { body, ..Forward::new("POST", target, AnswerHandling::Streamed) }
        }
        (Method::Get, ["networks", name]) if is_network(name) => {
            request_bodies::check_empty(body)?;
            check_read_query(query)?;
            Forward::new("GET", format!("{version}/networks/{name}"), AnswerHandling::Streamed)
        }
        // The engine refuses to remove a network with a running container.
        (Method::Delete, ["networks", name]) if is_own_network(name) || is_apps_network(name) => {
            request_bodies::check_empty(body)?;
            query.expect_empty()?;
            Forward::new("DELETE", format!("{version}/networks/{name}"), AnswerHandling::Streamed)
        }
        (Method::Post, ["networks", name, "disconnect"]) if is_apps_network(name) => {
            query.expect_empty()?;
            let target = format!("{version}/networks/{name}/disconnect");
            let body = Some(disconnect(body)?);
            Forward { body, ..Forward::new("POST", target, AnswerHandling::Streamed) }
        }
        (Method::Get | Method::Delete, ["networks", _]) => return Err(NAME),
        _ => return Err(UNKNOWN),
    };
    let action = Action::Forward(forward);
    Ok(Call { version: version.to_owned(), subject: Subject::Nothing, action })
}

fn check_read_query(mut query: Query) -> Result<(), Refusal> {
    query.require_false("verbose")?;
    match query.text("scope").as_deref() {
        None | Some("" | "local") => query.expect_empty(),
        Some(_) => Err(UNKNOWN),
    }
}

/// Checks a request to take Coolify's proxy off a network, and returns it built anew: the engine removes no network
/// that it is on.
fn disconnect(body: &[u8]) -> Result<String, Refusal> {
    let asked: Disconnect = request_bodies::read(body)?;
    if asked.container != MAIN_PROXY || asked.force == Some(true) {
        return Err(Refusal::forbidden(
            "only coolify-proxy can be disconnected from a network, and not by force",
        ));
    }
    Ok(json!({ "Container": MAIN_PROXY, "Force": false }).to_string())
}

/// Checks a request to create a network, and returns it built anew.
fn create(body: &[u8]) -> Result<String, Refusal> {
    let asked: Create = request_bodies::read(body)?;
    if !is_own_network(&asked.name) {
        return Err(NAME);
    }
    let unusual = [asked.internal, asked.ingress, asked.config_only, asked.enable_ipv6];
    let is_bridge = asked.driver.as_deref().unwrap_or("bridge") == "bridge";
    let is_plain = !unusual.contains(&Some(true)) && asked.options.is_none_or(|it| it.is_empty());
    if !is_bridge || !is_plain || asked.attachable == Some(false) {
        return Err(Refusal::forbidden("a network must be an attachable bridge without options"));
    }
    // The engine's older versions take it; the newer ones always check.
    let _: Option<bool> = asked.check_duplicate;
    let labels = asked.labels.unwrap_or_default();
    if labels.len() > LABELS || !labels.iter().all(|(name, value)| is_label(name, value)) {
        return Err(Refusal::forbidden("a label of the network is not acceptable"));
    }
    Ok(json!({
        "Name": asked.name,
        "CheckDuplicate": true,
        "Driver": "bridge",
        "Attachable": true,
        "Labels": labels,
    })
    .to_string())
}

/// Returns whether it can be a label of ours: `covibe.` and a word, to which neither Docker nor
/// Coolify gives a meaning.
fn is_label(name: &str, value: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let is_name = (1..=LABEL).contains(&name.len()) && name.bytes().all(is_part);
    let is_value = value.len() <= LABEL && !value.contains(char::is_control);
    is_name && is_value && name.starts_with(OWN) && name.len() > OWN.len()
}
