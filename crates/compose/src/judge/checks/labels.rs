//! `labels`, except those on which the proxy, Coolify or Docker act.

use super::pairs::{Pair, pairs};
use super::scalars::check_text;
use crate::location::Location;
use crate::refusals::variables as refusals;
use crate::report::Report;
use crate::tree::Tree;
use crate::yaml::Node;

/// Prefixes of labels by which a container configures what runs beside it: Coolify's proxies, Coolify
/// itself, Docker, and agents that run commands or replace containers on a host.
const STEERING: [&str; 6] =
    ["traefik", "caddy", "coolify", "com.docker", "com.centurylinklabs.watchtower", "ofelia"];

/// What Coolify or a proxy may read as routing anywhere in a label: Coolify searches `name=value` as a
/// whole for the names of Traefik's middlewares (4.0 to 4.3, `fqdnLabelsForTraefik`).
const ROUTING: [&str; 4] = ["traefik.", "coolify.", "caddy.", "caddy_"];

/// `labels`, as a mapping of strings.
pub(crate) fn labels(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    let pairs = pairs(report, location, node)?;
    Some(Tree::Map(pairs.into_iter().filter_map(|pair| label(report, pair)).collect()))
}

fn label(report: &mut Report, Pair { location, name, value }: Pair) -> Option<(String, Tree)> {
    let lower = name.to_ascii_lowercase();
    if STEERING.iter().any(|start| lower.trim_start().starts_with(start)) {
        report.add(&location, refusals::steering_label());
        return None;
    }
    if !is_name(&name) {
        report.add(&location, refusals::label_name());
        return None;
    }
    let value = value.unwrap_or_default();
    let line = format!("{lower}={}", value.to_ascii_lowercase());
    if ROUTING.iter().any(|word| line.contains(word)) {
        report.add(&location, refusals::routing_label());
        return None;
    }
    check_text(report, &location, &value).then_some((name, Tree::Text(value)))
}

fn is_name(name: &str) -> bool {
    let is_name_byte = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    (1..=128).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && name.bytes().all(is_name_byte)
}
