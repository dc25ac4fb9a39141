//! What the source of a mount is.

use super::item::Mount;
use crate::judge::checks::names::is_resource;
use crate::tree::Tree;
use crate::volumes::is_plain_relative;

/// What a source is.
pub(super) enum Source {
    /// None: an anonymous volume.
    Anonymous,
    /// A named volume.
    Named(String),
    /// A file that tells the host's time zone.
    Clock,
    /// Docker's socket.
    Socket,
    /// A folder or file beside the compose file, or of a place for data.
    Folder,
    /// A single letter, which is a drive of Windows to parsers.
    Drive,
    /// Anything else of the host.
    Host,
}

/// Folders of a host that people keep data in.
const DATA: [&str; 7] = ["/opt/", "/srv/", "/mnt/", "/media/", "/data/", "/home/", "/var/lib/"];

/// Folders below those that belong to docker or Coolify.
const PLATFORM: [&str; 4] =
    ["/var/lib/docker", "/data/coolify", "/var/lib/containerd", "/var/lib/kubelet"];

/// Returns what a source is, as it was written and as it is evaluated.
pub(super) fn classify(written: &str, evaluated: &str) -> Source {
    // A variable that names a volume is the volume; one that names a folder is known by its text.
    let is_settled = is_resource(evaluated) || is_socket(evaluated);
    let source = if is_settled { evaluated } else { written };
    if source.is_empty() {
        return Source::Anonymous;
    }
    if is_socket(source) {
        return Source::Socket;
    }
    if matches!(source, "/etc/localtime" | "/etc/timezone") {
        return Source::Clock;
    }
    if is_resource(source) {
        return Source::Named(source.to_owned());
    }
    if let [letter] = source.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Source::Drive;
    }
    let is_data = DATA.iter().any(|start| source.starts_with(start))
        && !PLATFORM.iter().any(|start| source.starts_with(start))
        && source.split('/').all(|segment| segment != "..");
    let is_relative =
        source.starts_with('.') || source.starts_with('~') || is_plain_relative(source);
    if is_data || is_relative || source.starts_with('$') { Source::Folder } else { Source::Host }
}

/// Returns whether a source is the socket of a program of the host.
fn is_socket(source: &str) -> bool {
    source.contains(".sock")
}

/// Returns whether the image is that of a proxy that routes domains by docker's socket.
pub(super) fn is_proxy(image: Option<&str>) -> bool {
    const PROXIES: [&str; 5] = [
        "traefik",
        "nginx-proxy",
        "acme-companion",
        "caddy-docker-proxy",
        "letsencrypt-nginx-proxy-companion",
    ];
    image.is_some_and(|image| PROXIES.iter().any(|proxy| image.contains(proxy)))
}

/// What a single file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Text, which can be a config.
    Text,
    /// A log, data, or a binary.
    Other,
}

/// Endings of files that are text.
const TEXTS: [&str; 26] = [
    "conf",
    "cfg",
    "cnf",
    "ini",
    "yml",
    "yaml",
    "json",
    "toml",
    "xml",
    "sql",
    "sh",
    "js",
    "ts",
    "py",
    "php",
    "html",
    "env",
    "properties",
    "template",
    "tmpl",
    "rb",
    "lua",
    "cjs",
    "mjs",
    "css",
    "txt",
];

/// Endings of files that are not.
const OTHERS: [&str; 14] = [
    "log", "db", "sqlite", "sqlite3", "pem", "key", "crt", "cert", "jar", "so", "bin", "zip", "gz",
    "tar",
];

/// Endings of files that an app writes.
const WRITTEN: [&str; 4] = ["log", "db", "sqlite", "sqlite3"];

/// Returns what file a mount is; `None` for a folder.
pub(super) fn file_kind(mount: &Mount) -> Option<FileKind> {
    [mount.source.as_str(), mount.target.as_str()].into_iter().find_map(|path| {
        let name = path.trim_end_matches('}').rsplit('/').next()?;
        let (stem, ending) = name.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        let is_file = |endings: &[&str]| !stem.is_empty() && endings.contains(&ending.as_str());
        if is_file(&TEXTS) || matches!(name, ".env" | "Caddyfile") {
            return Some(FileKind::Text);
        }
        is_file(&OTHERS).then_some(FileKind::Other)
    })
}

/// Returns whether a folder is useless without the content that it has beside the compose file:
/// scripts or configuration, not data.
pub(super) fn needs_content(mount: &Mount, service: &Tree) -> bool {
    let target = mount.target.trim_end_matches('/');
    let is_project = matches!(mount.source.as_str(), "." | "./" | ".." | "../");
    if mount.is_read_only || is_project || target.ends_with("initdb.d") {
        return true;
    }
    if mount.source.split(['/', '.']).any(|part| part.ends_with("data")) {
        return false;
    }
    if target.starts_with("/etc/") && !target.ends_with("data") {
        return true;
    }
    let below = format!("{target}/");
    let mentions = |tree: Option<&Tree>| tree.is_some_and(|tree| mentions(tree, &below));
    let environment = service.get("environment").map(Tree::members).unwrap_or_default();
    let names_file = |value: &Tree| {
        let path = value.as_str().filter(|text| text.starts_with(&below));
        let ending = path.and_then(|path| path.rsplit('/').next()?.rsplit_once('.'));
        ending.is_some_and(|(_, ending)| !WRITTEN.contains(&ending.to_ascii_lowercase().as_str()))
    };
    mentions(service.get("command"))
        || mentions(service.get("entrypoint"))
        || environment.iter().any(|(_, value)| names_file(value))
}

fn mentions(tree: &Tree, path: &str) -> bool {
    tree.as_str().is_some_and(|text| text.contains(path))
        || tree.items().iter().any(|item| mentions(item, path))
}
