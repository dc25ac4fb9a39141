//! The URLs that lead to a resource.

use serde_json::Value;

use super::resource::{Kind, Resource};

/// Splits a comma-separated list of URLs.
pub(crate) fn split(text: &str) -> Vec<String> {
    parts(text).map(str::to_owned).collect()
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|url| !url.is_empty())
}

/// Returns a URL with its scheme and host in lower case and without a final slash.
pub(crate) fn normalise(url: &str) -> String {
    let path_at = url.find("://").and_then(|at| url[at + 3..].find('/').map(|path| at + 3 + path));
    let (host, path) = url.split_at(path_at.unwrap_or(url.len()));
    format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'))
}

/// A URL in use.
pub(crate) struct UsedUrl<'a> {
    pub(crate) url: &'a str,
    /// The uuid of the application, or of the service's container, that uses it.
    pub(crate) user: &'a str,
    /// The service of a compose application's file.
    pub(crate) service: Option<&'a str>,
}

/// Returns every URL that leads to a resource.
pub(crate) fn used_urls(resource: &Resource) -> Vec<UsedUrl<'_>> {
    let leading = |text, user, service| parts(text).map(move |url| UsedUrl { url, user, service });
    match &resource.kind {
        Kind::Service(stack) => {
            let urls = stack.containers.iter().flat_map(|one| {
                one.urls.iter().flat_map(|url| leading(url, one.uuid.as_str(), None))
            });
            urls.collect()
        }
        Kind::Application(_) => {
            let user = resource.uuid.as_str();
            let mut urls: Vec<_> = leading(resource.text("fqdn"), user, None).collect();
            let map = resource.fields.get("docker_compose_domains").and_then(Value::as_object);
            for (name, service) in map.into_iter().flatten() {
                let domain = service["domain"].as_str().unwrap_or_default();
                urls.extend(leading(domain, user, Some(name.as_str())));
            }
            urls
        }
        Kind::Database(..) => Vec::new(),
    }
}
