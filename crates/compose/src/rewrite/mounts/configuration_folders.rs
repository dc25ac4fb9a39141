//! Folders that an app reads: without their files, they are useless to it. What an app writes becomes a volume instead,
//! so that no data is lost.

use std::collections::HashSet;

use super::mount_item::{self, Mount};
use super::mount_source::{FileKind, kind_of};
use crate::rewrite::rewriter::Rewriter;
use crate::yaml_tree::Tree;

/// Folders below `/etc` from which programs read what people write. Others keep there what they make themselves: keys,
/// networks and their own settings.
const CONFIGURED: [&str; 30] = [
    "alertmanager",
    "alloy",
    "apache2",
    "caddy",
    "clickhouse-server",
    "coredns",
    "dovecot",
    "envoy",
    "fluent-bit",
    "fluentd",
    "freeradius",
    "grafana",
    "haproxy",
    "httpd",
    "kafka",
    "loki",
    "mimir",
    "mosquitto",
    "mysql",
    "netbox",
    "nginx",
    "otel",
    "otelcol",
    "otelcol-contrib",
    "postgresql",
    "prometheus",
    "promtail",
    "rabbitmq",
    "tempo",
    "traefik",
];

/// Returns the folders that a service of the file may write, by their sources.
pub(super) fn written_folders(
    rewriter: &mut Rewriter<'_>,
    services: &[(String, Tree)],
) -> HashSet<String> {
    let items = services.iter().filter_map(|(_, service)| service.get("volumes"));
    let mut written = HashSet::new();
    for item in items.flat_map(Tree::items) {
        if let Ok(Some(mount)) = mount_item::parse(rewriter, item)
            && !mount.is_read_only
        {
            written.insert(folder(&mount.source));
        }
    }
    written
}

fn folder(source: &str) -> String {
    source.trim_end_matches('/').to_owned()
}

/// Returns whether a service reads a folder that it mounts, and nothing of the file writes it.
pub(super) fn reads(mount: &Mount, service: &Tree, written: &HashSet<String>) -> bool {
    let target = mount.target.trim_end_matches('/');
    let is_project = matches!(mount.source.as_str(), "." | "./" | ".." | "../");
    if is_project || target.ends_with("initdb.d") {
        return true;
    }
    let has = |is: fn(&str) -> bool| {
        [&mount.source, target].iter().any(|path| path.split(['/', '.', '}']).any(is))
    };
    if has(|part| matches!(part, "log" | "logs")) {
        return false;
    }
    if mount.is_read_only {
        return !written.contains(&folder(&mount.source));
    }
    if has(|part| part.ends_with("data")) {
        return false;
    }
    is_configured(target) || names_text(service, &format!("{target}/"))
}

/// Returns whether people write what a program reads from a path.
fn is_configured(target: &str) -> bool {
    let below = target.strip_prefix("/etc/").and_then(|rest| rest.split('/').next());
    below.is_some_and(|name| CONFIGURED.contains(&name))
}

/// Returns whether what a service runs, or one of its variables, names a file of text below a path.
fn names_text(service: &Tree, below: &str) -> bool {
    let environment = service.get("environment").map(Tree::members).unwrap_or_default();
    let is_it =
        |value: &Tree| value.as_str().is_some_and(|text| text.starts_with(below) && is_text(text));
    ["command", "entrypoint"]
        .iter()
        .filter_map(|key| service.get(key))
        .any(|tree| mentions(tree, below))
        || environment.iter().any(|(_, value)| is_it(value))
}

fn mentions(tree: &Tree, below: &str) -> bool {
    let in_text = |text: &str| {
        let mut words = text.split([' ', '=', '"', '\'', ',', ';']);
        words.any(|word| word.find(below).is_some_and(|at| is_text(&word[at..])))
    };
    tree.as_str().is_some_and(in_text) || tree.items().iter().any(|item| mentions(item, below))
}

fn is_text(path: &str) -> bool {
    kind_of(path) == Some(FileKind::Text)
}
