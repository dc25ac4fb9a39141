//! The endpoints of IAM: `/v1/projects/{project}/serviceAccounts`.

use std::time::Duration;

use serde_json::{Value, json};

use super::errors::{denied, iam};
use super::model::{Account, Storage};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::errors::no_route;
use crate::google::options::{PROJECT, Settings};

/// The accounts of a page.
const PAGE: usize = 20;

/// Answers a request below that path.
pub(super) fn answer(
    storage: &mut Storage,
    settings: &Settings,
    request: &Request,
    rest: &[&str],
) -> ReplyResult {
    let lag = settings.storage.lag;
    match (request.method.as_str(), rest) {
        ("POST", []) => create(storage, settings, request),
        ("GET", []) => Ok(list(storage, request)),
        ("GET", [account]) => Ok(Reply::json(200, view(find_account(storage, account, lag)?))),
        ("DELETE", [account]) => {
            let number = find_account(storage, account, lag)?.unique_id.clone();
            delete(storage, &number);
            Ok(Reply::json(200, json!({})))
        }
        _ => Err(no_route()),
    }
}

/// Finds an account by its address or number. One that was made a moment ago is missing, with 404 or, as
/// Google does not say which of both, 403.
fn find_account<'a>(
    storage: &'a Storage,
    account: &str,
    lag: Duration,
) -> Result<&'a Account, Reply> {
    let mut all = storage.accounts.iter();
    let found = all.find(|one| one.email == account || one.unique_id == account);
    match found {
        Some(one) if storage.is_settled(one.made, lag) => Ok(one),
        Some(one) if !storage.is_settled(one.made, lag / 2) => Err(denied()),
        _ => {
            let text = format!("Unknown service account: {account}");
            Err(iam(404, "NOT_FOUND", &text))
        }
    }
}

fn create(storage: &mut Storage, settings: &Settings, request: &Request) -> ReplyResult {
    let body = request.json().unwrap_or_default();
    let id = body["accountId"].as_str().unwrap_or_default();
    if !is_id(id) {
        return Err(iam(400, "INVALID_ARGUMENT", "The account ID is invalid."));
    }
    let email = format!("{id}@{PROJECT}.iam.gserviceaccount.com");
    if storage.accounts.iter().any(|one| one.email == email) {
        let text = format!("Service account {id} already exists within project {PROJECT}.");
        return Err(iam(409, "ALREADY_EXISTS", &text));
    }
    if storage.accounts.len() >= settings.storage.accounts {
        let text = "Maximum number of service accounts on project reached.";
        return Err(iam(429, "RESOURCE_EXHAUSTED", text));
    }
    let text = |name: &str| body["serviceAccount"][name].as_str().unwrap_or_default().to_owned();
    let (display_name, description) = (text("displayName"), text("description"));
    if display_name.len() > 100 || description.len() > 256 {
        return Err(iam(400, "INVALID_ARGUMENT", "The text is too long."));
    }
    let (unique_id, made) = (storage.next_id(), storage.clock.now());
    let account = Account { email, unique_id, display_name, description, made };
    let shown = view(&account);
    storage.accounts.push(account);
    Ok(Reply::json(200, shown))
}

/// Deletes an account with its keys. The policies that name it keep its name, and its number with it.
fn delete(storage: &mut Storage, number: &str) {
    let Some(at) = storage.accounts.iter().position(|one| one.unique_id == number) else { return };
    let account = storage.accounts.remove(at);
    storage.keys.retain(|key| key.email != account.email);
    let (member, gone) = (
        json!(format!("serviceAccount:{}", account.email)),
        json!(format!("deleted:serviceAccount:{}?uid={number}", account.email)),
    );
    let bindings = storage.buckets.iter_mut().flat_map(|bucket| bucket.bindings.iter_mut());
    for binding in bindings {
        let members = binding["members"].as_array_mut().into_iter().flatten();
        members.filter(|one| **one == member).for_each(|one| one.clone_from(&gone));
    }
}

fn list(storage: &Storage, request: &Request) -> Reply {
    let start = request.number("pageToken").unwrap_or(0);
    let size = request.number("pageSize").unwrap_or(PAGE).clamp(1, 100);
    let page: Vec<_> = storage.accounts.iter().skip(start).take(size).map(view).collect();
    let mut body = json!({ "accounts": page });
    if start + size < storage.accounts.len() {
        body["nextPageToken"] = json!((start + size).to_string());
    }
    Reply::json(200, body)
}

fn view(account: &Account) -> Value {
    json!({
        "name": format!("projects/{PROJECT}/serviceAccounts/{}", account.email),
        "projectId": PROJECT,
        "uniqueId": account.unique_id,
        "email": account.email,
        "displayName": account.display_name,
        "description": account.description,
        "etag": "MDEwMjE5MjA=",
        "oauth2ClientId": account.unique_id,
    })
}

/// `[a-z]([-a-z0-9]*[a-z0-9])`, of 6 to 30 characters.
fn is_id(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.bytes().all(is_plain)
}
