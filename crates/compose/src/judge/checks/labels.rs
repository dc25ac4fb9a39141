//! `labels`: none that the proxy, Coolify or docker act on.

use super::pairs::{Pair, pairs};
use super::scalars::passes;
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::yaml::Raw;

/// How the labels begin by which containers steer what runs beside them: the proxies that Coolify
/// has, Coolify itself, docker, and agents that run commands or replace containers on a host.
const STEERING: [&str; 6] =
    ["traefik", "caddy", "coolify", "com.docker", "com.centurylinklabs.watchtower", "ofelia"];

/// What Coolify or a proxy may take for routing wherever it stands: Coolify looks for the names of
/// Traefik's middlewares in the whole of `name=value` (4.0 to 4.3, `fqdnLabelsForTraefik`).
const ROUTING: [&str; 4] = ["traefik.", "coolify.", "caddy.", "caddy_"];

/// `labels`, as a mapping of texts.
pub(crate) fn labels(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let pairs = pairs(report, place, raw)?;
    Some(Plain::Map(pairs.into_iter().filter_map(|pair| label(report, pair)).collect()))
}

fn label(report: &mut Report, Pair { place, name, value }: Pair) -> Option<(String, Plain)> {
    let lower = name.to_ascii_lowercase();
    if STEERING.iter().any(|start| lower.trim_start().starts_with(start)) {
        let fix = "Remove it: domains are assigned with composeDomains or apps.domains.set.";
        report.forbid(&place, "it steers the platform's proxy or the host", Some(fix));
        return None;
    }
    if !is_name(&name) {
        let fix = "A name has letters, digits and . _ - /, and is written out.";
        report.reject(&place, "it is not the name of a label", Some(fix));
        return None;
    }
    let value = value.unwrap_or_default();
    let line = format!("{lower}={}", value.to_ascii_lowercase());
    if ROUTING.iter().any(|word| line.contains(word)) {
        let fix = "Write it without traefik. coolify. caddy. and caddy_, or as a variable in environment.";
        report.forbid(&place, "Coolify may take a part of it for the proxy's", Some(fix));
        return None;
    }
    passes(report, &place, &value).then_some((name, Plain::Text(value)))
}

fn is_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    (1..=128).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && name.bytes().all(fine)
}
