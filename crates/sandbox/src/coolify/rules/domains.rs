//! Domains: lists of absolute URLs, each in use at most once within the team, and the labels that follow from them.
//!
//! A compose application has a list for each service of its file.

use serde_json::{Value, json};
use url::Url;

use crate::coolify::Version;
use crate::coolify::compose::File;
use crate::coolify::errors;
use crate::coolify::json_values::{Object, is_on};
use crate::coolify::model::{
    CoolifyState, Resource, UsedUrl, normalise_url, split_urls, used_urls,
};
use crate::core::request_types::Reply;

/// Returns what is wrong with a URL.
pub(crate) fn complaint(url: &str) -> Option<String> {
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

/// Returns the URLs that occur more than once, unless the body overrides the check.
pub(crate) fn duplicates(urls: &[String], body: &Object) -> Option<String> {
    let is_repeated = |(at, url): &(usize, &String)| urls[..*at].contains(url);
    let repeated = urls.iter().enumerate().filter(is_repeated).map(|(_, url)| url.as_str());
    let repeated: Vec<_> = repeated.collect();
    let is_overridden = is_on(body, "force_domain_override");
    (!repeated.is_empty() && !is_overridden).then(|| repeated.join(", "))
}

/// Refuses URLs that another resource uses, unless the body overrides the check.
///
/// Whole URLs are compared: another scheme, port or path of the same host is not a conflict. The 409 names the other
/// resource even if it belongs to another member of the team.
pub(crate) fn check_free(
    state: &CoolifyState,
    urls: &[String],
    except: Option<&str>,
    body: &Object,
) -> Result<(), Reply> {
    let wanted: Vec<_> = urls.iter().map(|url| normalise_url(url)).collect();
    let all = state.resources.that_may_use(&wanted);
    let all = all.flat_map(|one| used_urls(one).into_iter().map(move |used| (one, used)));
    let conflicts: Vec<_> = all
        .filter(|(_, used)| Some(used.user) != except && wanted.contains(&normalise_url(used.url)))
        .map(|(one, used)| conflict(one, &used))
        .collect();
    if conflicts.is_empty() || is_on(body, "force_domain_override") {
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

fn conflict(one: &Resource, used: &UsedUrl<'_>) -> Value {
    let (kind, name, url) = (one.type_text(), one.name(), normalise_url(used.url));
    let service = used.service.map(|name| format!(" (service: {name})")).unwrap_or_default();
    let mut conflict = json!({
        "domain": url, "resource_name": name, "resource_uuid": used.user, "resource_type": kind,
        "message": format!("Domain {url} is already in use by {kind} '{name}'{service}"),
    });
    if let Some(name) = used.service {
        conflict["service_name"] = json!(name);
    }
    conflict
}

/// Checks an application's `domains` and returns the list to store; complaints are a plain array of
/// texts (shape c).
///
/// There is nothing to store when the body has no domains, or when the server runs no proxy, so that
/// Coolify silently drops them.
pub(crate) fn of_application(
    state: &CoolifyState,
    body: &Object,
    except: Option<&str>,
) -> Result<Option<Vec<String>>, Reply> {
    let Some(domains) = body.get("domains").filter(|_| state.has_proxy()) else { return Ok(None) };
    let urls = split_urls(domains.as_str().unwrap_or_default());
    let complaints: Vec<_> = urls.iter().filter_map(|url| complaint(url)).collect();
    if !complaints.is_empty() {
        // A creation names the field since 4.2; a PATCH does not.
        let is_named = except.is_none() && state.version >= Version::V4_3;
        let list = json!(complaints);
        return Err(errors::invalid(if is_named { json!({ "domains": list }) } else { list }));
    }
    let urls: Vec<_> = urls.iter().map(|url| normalise_url(url)).collect();
    check_free(state, &urls, except, body)?;
    Ok(Some(urls))
}

/// Returns the domain that Coolify generates for an application.
pub(crate) fn generated(uuid: &str) -> String {
    format!("http://{uuid}.127.0.0.1.sslip.io")
}

/// Refuses `domains` on a compose application, and its own domains before its file is loaded.
pub(crate) fn check_compose(
    body: &Object,
    build_pack: &str,
    existing: Option<&Resource>,
) -> Result<(), Reply> {
    if build_pack == "dockercompose" && body.contains_key("domains") {
        let text = "The domains field cannot be used for dockercompose applications. Use docker_compose_domains instead to set domains for individual services.";
        return Err(errors::invalid_field("domains", text));
    }
    let has_domains = body.get("docker_compose_domains").is_some_and(|domains| !domains.is_null());
    if has_domains && existing.is_some_and(|one| one.text("docker_compose_raw").is_empty()) {
        let text = "Cannot set docker_compose_domains without docker_compose_raw. Reload the compose file from the git repository first.";
        return Err(errors::invalid_field("docker_compose_domains", text));
    }
    Ok(())
}

/// Returns the URLs of a body's compose domains; complaints are an object of field to texts.
pub(crate) fn compose_urls(body: &Object) -> Result<Vec<String>, Reply> {
    let items = body.get("docker_compose_domains").and_then(Value::as_array);
    let urls: Vec<_> = items
        .into_iter()
        .flatten()
        .filter_map(|item| item["domain"].as_str())
        .flat_map(split_urls)
        .collect();
    let mut complaints: Vec<_> = urls.iter().filter_map(|url| complaint(url)).collect();
    if let Some(duplicates) = duplicates(&urls, body) {
        complaints.push(format!(
            "The current request contains conflicting URLs: {duplicates} Use force_domain_override=true to proceed."
        ));
    }
    if complaints.is_empty() {
        return Ok(urls);
    }
    Err(errors::invalid(json!({ "docker_compose_domains": complaints })))
}

/// Replaces the whole map by the items that name a service of the file, if there are any.
pub(crate) fn set_compose(one: &mut Resource, items: &Value) {
    let file = one.text("docker_compose_raw").to_owned();
    let known = File::parse(&file).map(|file| file.services).unwrap_or_default();
    let is_known = |name: &str| file.is_empty() || known.iter().any(|service| service.name == name);
    let map: Object = items
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| {
            Some((item["name"].as_str()?, item["domain"].as_str().unwrap_or_default()))
        })
        .filter(|(name, _)| is_known(name))
        .map(|(name, domain)| (name.to_owned(), json!({ "domain": domain })))
        .collect();
    if !map.is_empty() {
        one.set("docker_compose_domains", map);
    }
}

/// Generates the labels by which the proxy finds an application anew: `custom_labels`.
pub(crate) fn regenerate_labels(one: &mut Resource) {
    let labels = labels(one);
    one.fields.insert("custom_labels".to_owned(), Value::from(labels));
}

/// Returns the labels for the domains and ports that the application has now, one for each line.
///
/// Coolify generates them when the application is created and with each PATCH that has `domains`; a
/// PATCH of the ports alone keeps the old port in the labels (seen with 4.3.11).
fn labels(one: &Resource) -> String {
    let exposed = one.text("ports_exposes").split(',').next().unwrap_or_default();
    let mut labels = vec!["traefik.enable=true".to_owned()];
    for (number, url) in split_urls(one.text("fqdn")).iter().enumerate() {
        let Ok(url) = Url::parse(url) else { continue };
        let name = format!("{}-{number}-{}", url.scheme(), one.uuid);
        let port = url.port().map_or_else(|| exposed.to_owned(), |port| port.to_string());
        let (host, path) = (url.host_str().unwrap_or_default(), url.path());
        labels.extend([
            format!("traefik.http.routers.{name}.rule=Host(`{host}`) && PathPrefix(`{path}`)"),
            format!("traefik.http.routers.{name}.service={name}"),
            format!("traefik.http.services.{name}.loadbalancer.server.port={port}"),
        ]);
    }
    labels.join("\n")
}
