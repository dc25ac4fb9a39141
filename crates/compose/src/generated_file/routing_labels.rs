//! Labels by which the proxies route: each host must be the service's own.

use covibe_domain::host_labels::LabelReader;

use super::allowed_names::{OwnNames, Strays};
use super::node_reading::{entries, items, member, text};
use crate::file_location::Location;
use crate::yaml::{self, Node};

const FOREIGN_ROUTE: &str = "the proxy would route somebody else's host to this service";

/// Checks the labels of a service, in either form.
pub(super) fn check(
    service: &str,
    labels: Option<&Node>,
    own: &OwnNames<'_>,
    at: &Location,
    found: &mut Strays,
) {
    for (name, value) in pairs(labels) {
        let is_own = |host: &str| own.has_host(service, host);
        if !is_own_route(&name.trim().to_ascii_lowercase(), value.trim(), is_own) {
            found.add(at, FOREIGN_ROUTE);
        }
    }
}

/// Returns the labels of a service in either form.
fn pairs(labels: Option<&Node>) -> impl Iterator<Item = (&str, &str)> {
    let listed = items(labels).filter_map(|item| text(Some(item)));
    let listed = listed.map(|line| line.split_once('=').unwrap_or((line, "")));
    let named = entries(labels).map(|(name, value)| (name, text(Some(value)).unwrap_or_default()));
    listed.chain(named)
}

/// Returns whether Coolify's file gives the container of a service a label with this value. A file that can't
/// be read gives none.
pub fn sets_label(generated: &str, service: &str, key: &str, value: &str) -> bool {
    let Ok(root) = yaml::read_stored(generated) else { return false };
    let service = member(&root, "services").and_then(|all| member(all, service));
    let labels = service.and_then(|service| member(service, "labels"));
    // Compose reads `$$` as a dollar sign.
    pairs(labels).any(|(own, text)| own == key && text.replace("$$", "$") == value)
}

/// Returns whether a label routes nothing, or only hosts of the service.
fn is_own_route(name: &str, value: &str, is_own: impl Fn(&str) -> bool) -> bool {
    match LabelReader::for_label(name) {
        Some(LabelReader::Traefik) => {
            let key = name.split_once('.').map_or("", |(_, key)| key);
            let is_other_protocol = ["tcp.", "udp."].iter().any(|start| key.starts_with(start));
            let is_rule = key.rsplit('.').next() == Some("rule");
            !is_other_protocol && (!is_rule || host_of_rule(value).is_some_and(is_own))
        }
        Some(LabelReader::Caddy) if name.strip_prefix("caddy").is_some_and(is_address_key) => {
            let mut addresses = value.split([' ', ',']).filter(|address| !address.is_empty());
            addresses.all(|address| is_own(host_of_address(address)))
        }
        _ => true,
    }
}

/// Returns whether a label `caddy{rest}` has addresses as its value.
fn is_address_key(rest: &str) -> bool {
    let number = rest.strip_prefix('_').unwrap_or(rest);
    number.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the host of a rule of exactly a host and perhaps a path.
fn host_of_rule(rule: &str) -> Option<&str> {
    let (host, rest) = rule.strip_prefix("Host(`")?.split_once("`)")?;
    let path = match rest.strip_prefix(" && PathPrefix(`") {
        Some(rest) => rest.strip_suffix("`)")?,
        None => rest,
    };
    let is_of_path = |b: u8| b.is_ascii_alphanumeric() || b"/._~%-".contains(&b);
    (rest.is_empty() || path.starts_with('/') && path.bytes().all(is_of_path)).then_some(host)
}

/// Returns the host of an address such as `https://app.test:443/path`.
fn host_of_address(address: &str) -> &str {
    let (_, address) = address.split_once("://").unwrap_or(("", address));
    address.split([':', '/']).next().unwrap_or_default()
}
