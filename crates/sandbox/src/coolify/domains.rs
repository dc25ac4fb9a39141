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

/// The URLs that a body has more than once, unless it says that this is meant.
pub(super) fn twice(urls: &[String], body: &Object) -> Option<String> {
    let is_twice = |(at, url): &(usize, &String)| urls[..*at].contains(url);
    let twice: Vec<_> =
        urls.iter().enumerate().filter(is_twice).map(|(_, url)| url.as_str()).collect();
    let is_meant = body::is_on(body, "force_domain_override");
    (!twice.is_empty() && !is_meant).then(|| twice.join(", "))
}

/// A URL that is taken.
struct Taken<'a> {
    url: String,
    /// The uuid of what has it: an application's, or a service's container's.
    by: &'a str,
    /// The service of the compose file, of an application that has one.
    service: Option<&'a str>,
}

impl Resource {
    /// Every URL that leads to it.
    fn taken(&self) -> Vec<Taken<'_>> {
        let of = |text: &str, by, service| {
            list(text).into_iter().map(move |url| Taken { url, by, service })
        };
        match &self.kind {
            Kind::Service(stack) => {
                let urls = stack.children.iter().map(|child| (&child.uuid, child.urls.join(",")));
                urls.flat_map(|(by, urls)| of(&urls, by, None).collect::<Vec<_>>()).collect()
            }
            Kind::Application(_) => {
                let mut taken: Vec<_> = of(self.text("fqdn"), &self.uuid, None).collect();
                let map = self.fields.get("docker_compose_domains").and_then(Value::as_object);
                for (name, service) in map.into_iter().flatten() {
                    let urls = service["domain"].as_str().unwrap_or_default();
                    taken.extend(of(urls, &self.uuid, Some(name)));
                }
                taken
            }
            Kind::Database(_) => Vec::new(),
        }
    }
}

/// The 409 when a URL is taken by another resource, unless the body overrides it.
///
/// Whole URLs are compared: another scheme, port or path of the same host is no conflict. It names
/// the other resource, whoever's it is: conflicts are the team's.
pub(super) fn check_free(
    state: &State,
    urls: &[String],
    except: Option<&str>,
    body: &Object,
) -> Result<(), Reply> {
    let wanted: Vec<_> = urls.iter().map(|url| normal(url)).collect();
    let all =
        state.resources.iter().flat_map(|one| one.taken().into_iter().map(move |by| (one, by)));
    let conflicts: Vec<_> = all
        .filter(|(_, taken)| Some(taken.by) != except && wanted.contains(&normal(&taken.url)))
        .map(|(one, taken)| conflict(one, &taken))
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

fn conflict(one: &Resource, taken: &Taken<'_>) -> Value {
    let (kind, name, url) = (one.kind_text(), one.name(), normal(&taken.url));
    let of = taken.service.map(|service| format!(" (service: {service})")).unwrap_or_default();
    let mut conflict = json!({
        "domain": url, "resource_name": name, "resource_uuid": taken.by, "resource_type": kind,
        "message": format!("Domain {url} is already in use by {kind} '{name}'{of}"),
    });
    if let Some(service) = taken.service {
        conflict["service_name"] = json!(service);
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
