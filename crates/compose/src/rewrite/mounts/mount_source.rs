//! Classification of the source of a mount.

use super::mount_item::Mount;
use crate::judge::checks::names::is_resource;
use crate::volumes::is_plain_relative;

/// The kind of a source.
pub(super) enum Source {
    /// An anonymous volume, without a source.
    Anonymous,
    /// A named volume.
    Named(String),
    /// A file that contains the host's time zone.
    Clock,
    /// Docker's socket.
    Socket,
    /// A folder or file beside the compose file, or in a folder for data.
    Folder,
    /// Anything else of the host.
    Host,
}

/// Folders of a host in which people keep data.
const DATA: [&str; 7] = ["/opt/", "/srv/", "/mnt/", "/media/", "/data/", "/home/", "/var/lib/"];

/// Folders below those that belong to docker or Coolify.
const PLATFORM: [&str; 4] =
    ["/var/lib/docker", "/data/coolify", "/var/lib/containerd", "/var/lib/kubelet"];

/// Classifies a source by its text as it was written and as it is evaluated.
pub(super) fn classify(written: &str, evaluated: &str) -> Source {
    // A variable that names a volume is the volume; one that names a folder is recognised by its
    // text.
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
    if is_letter(source) {
        return Source::Named(volume_of(source));
    }
    let is_data = DATA.iter().any(|start| source.starts_with(start))
        && !PLATFORM.iter().any(|start| source.starts_with(start))
        && source.split('/').all(|segment| segment != "..");
    let is_relative =
        source.starts_with('.') || source.starts_with('~') || is_plain_relative(source);
    if is_data || is_relative || source.starts_with('$') { Source::Folder } else { Source::Host }
}

/// Returns whether a name is a single letter, which Coolify takes for a drive of Windows.
pub(super) fn is_letter(name: &str) -> bool {
    matches!(name.as_bytes(), [letter] if letter.is_ascii_alphabetic())
}

/// Returns the name that a volume of the file gets: the same, unless it is a single letter.
pub(super) fn volume_of(name: &str) -> String {
    if is_letter(name) { format!("volume-{name}") } else { name.to_owned() }
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

/// The kind of a single file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Text, which can be a config.
    Text,
    /// Output of the app: a log.
    Log,
    /// Data of the app.
    Data,
    /// Anything else.
    Binary,
}

/// Endings of text files.
const TEXTS: [&str; 30] = [
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
    "pem",
    "key",
    "crt",
    "cert",
];

/// Names of text files that have no ending.
const NAMES: [&str; 7] =
    [".env", ".htpasswd", "caddyfile", "corefile", "crontab", "enabled_plugins", "hosts"];

/// Endings of files in which an app keeps data.
const KEPT: [&str; 3] = ["db", "sqlite", "sqlite3"];

/// Endings of files that are neither text nor data.
const BINARIES: [&str; 6] = ["jar", "so", "bin", "zip", "gz", "tar"];

/// Returns the kind of file that a path names by its ending; `None` for an unknown one, as of a
/// folder.
pub(super) fn kind_of(path: &str) -> Option<FileKind> {
    let name = path.trim_end_matches('}').rsplit('/').next()?.to_ascii_lowercase();
    if NAMES.contains(&name.as_str()) {
        return Some(FileKind::Text);
    }
    let (stem, ending) = name.rsplit_once('.')?;
    match ending {
        _ if stem.is_empty() => None,
        "log" => Some(FileKind::Log),
        ending if TEXTS.contains(&ending) => Some(FileKind::Text),
        ending if KEPT.contains(&ending) => Some(FileKind::Data),
        ending if BINARIES.contains(&ending) => Some(FileKind::Binary),
        _ => None,
    }
}

/// Returns the kind of file that a mount is; `None` for a folder.
pub(super) fn file_kind(mount: &Mount) -> Option<FileKind> {
    [&mount.source, &mount.target].into_iter().find_map(|path| kind_of(path))
}
