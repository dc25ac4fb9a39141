//! Domains: lists of absolute URLs, each taken once within the team.

use serde_json::{Value, json};
use url::Url;

use super::body::{self, Object};
use super::errors;
use super::resource::{Kind, Resource};
use super::state::State;
use crate::wire::Reply;

/// The URLs of a comma list.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect()
}

/// A URL with its scheme and host in small letters and without a final slash.
pub(super) fn normal(url: &str) -> String {
    let path_at = url.find("://").and_then(|at| url[at + 3..].find('/').map(|path| at + 3 + path));
    let (host, path) = url.split_at(path_at.unwrap_or(url.len()));
    format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'))
}

/// What is wrong with a URL.
pub(super) fn complaint(url: &str) -> Option<String> {
    match Url::parse(url) {
        Ok(parsed) if !matches!(parsed.scheme(), "http" | "https") => {
            let scheme = parsed.scheme();
            Some(format!(
                "Invalid URL scheme: {scheme} for URL: {url}. Only http and https are supported."
            ))
        }
        Ok(parsed) if parsed.has_host() => None,
        _ => Some(format!("Invalid URL: {url}")),
    }
}

fn naked(url: &str) -> String {
    let url = normal(url);
    let naked = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    naked.unwrap_or(&url).to_owned()
}

impl Resource {
    /// Every URL that leads to it, with the name of the child that has it.
    fn urls(&self) -> Vec<(String, Option<&str>)> {
        match &self.kind {
            Kind::Service(children) => children
                .iter()
                .flat_map(|child| {
                    child.urls.iter().map(|url| (url.clone(), Some(child.name.as_str())))
                })
                .collect(),
            Kind::Application(_) => {
                list(self.text("fqdn")).into_iter().map(|url| (url, None)).collect()
            }
            Kind::Database(_) => Vec::new(),
        }
    }
}

/// The 409 when a URL is taken by another resource, unless the body overrides it.
///
/// It names the other resource, whoever's it is: conflicts are the team's.
pub(super) fn check_free(
    state: &State,
    urls: &[String],
    except: Option<&str>,
    body: &Object,
) -> Result<(), Reply> {
    let wanted: Vec<_> = urls.iter().map(|url| naked(url)).collect();
    let others = state.resources.iter().filter(|one| Some(one.uuid.as_str()) != except);
    let conflicts: Vec<_> = others
        .flat_map(|one| one.urls().into_iter().map(move |(url, child)| (one, url, child)))
        .filter(|(_, url, _)| wanted.contains(&naked(url)))
        .map(|(one, url, child)| conflict(one, &url, child))
        .collect();
    if conflicts.is_empty() || body::is_on(body, "force_domain_override") {
        return Ok(());
    }
    Err(Reply::json(
        409,
        json!({
            "message": "Domain conflicts detected. Use force_domain_override=true to proceed.",
            "conflicts": conflicts,
            "warning": "Using the same domain for multiple resources can cause routing conflicts and unpredictable behavior.",
        }),
    ))
}

fn conflict(one: &Resource, url: &str, child: Option<&str>) -> Value {
    let mut conflict = json!({
        "domain": url, "resource_name": one.name(), "resource_uuid": one.uuid,
        "resource_type": one.kind_text(),
        "message": format!("Domain {} is already in use by {} '{}'", naked(url), one.kind_text(), one.name()),
    });
    if let Some(child) = child {
        conflict["service_name"] = json!(child);
    }
    conflict
}

/// Checks `domains` of an application's body; complaints are a plain array of texts (shape c).
///
/// Returns the list to store: none when the body has no domains, or when the server runs no proxy
/// and they are silently dropped.
pub(super) fn of_application(
    state: &State,
    body: &Object,
    except: Option<&str>,
) -> Result<Option<Vec<String>>, Reply> {
    let Some(domains) = body.get("domains").filter(|_| state.has_proxy()) else { return Ok(None) };
    let urls = list(domains.as_str().unwrap_or_default());
    let complaints: Vec<_> = urls.iter().filter_map(|url| complaint(url)).collect();
    if !complaints.is_empty() {
        return Err(errors::invalid(json!(complaints)));
    }
    let urls: Vec<_> = urls.iter().map(|url| normal(url)).collect();
    check_free(state, &urls, except, body)?;
    Ok(Some(urls))
}

/// The domain that an application gets by itself.
pub(super) fn generated(uuid: &str) -> String {
    format!("http://{uuid}.127.0.0.1.sslip.io")
}
