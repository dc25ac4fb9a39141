//! The names and ids of containers, volumes and networks of Coolify's resources (its 4.0 to 4.3).

mod process_marker;
#[cfg(test)]
mod tests;

use std::fmt;

pub use process_marker::Marker;

/// The label in which compose names the project of a container or volume. Compose sets it itself,
/// so no image and no compose file can forge it.
pub const PROJECT: &str = "com.docker.compose.project";

/// The label with the compose service's name.
pub const SERVICE: &str = "com.docker.compose.service";

/// The compose project of the containers through which public databases are reached: one for all of them.
pub const PROXIES: &str = "proxy";

/// The name of the container of Coolify's own proxy.
pub const MAIN_PROXY: &str = "coolify-proxy";

/// The maximum number of labels that are read of a container or an image. Images of buildpacks have
/// some dozens.
pub const MOST_LABELS: usize = 1_000;

/// The maximum number of bytes of their keys and values together. Images of buildpacks have about
/// 100 KiB.
pub const MOST_LABEL_BYTES: usize = 1 << 20;

/// The prefix of the names of the workspaces' own networks.
const NETWORK: &str = "covibe-";

/// The longest name of a volume, network or service, in bytes.
const LONGEST: usize = 200;

/// The full id of a container or of an exec: 64 lowercase hexadecimal digits.
///
/// A name or the beginning of an id is not one: it can mean another container a moment later.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(String);

impl Id {
    /// Returns the id, or `None` if the text is not a full one.
    pub fn new(text: &str) -> Option<Self> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether a text has the form of the uuids that Coolify gives: 24 of `[a-z0-9]`.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Returns the uuid of the resource whose container has this name, without the engine's leading slash:
///
/// - `{uuid}`: a database, or an application with a fixed name,
/// - `{uuid}-{digits}`: an application with one container, named anew at each deployment,
/// - `{service}-{uuid}`: a compose service,
/// - `{service}-{uuid}-{digits}`: an application that is a compose file in a repository, named anew at each deployment.
///
/// The digits are the time of the deployment (`Hisu` in PHP, Coolify 4.3.11: twelve). Only the end of the name counts,
/// because a service may have any name, such as another resource's uuid. Containers of previews (`…-pr-7`), of public
/// proxies (`{uuid}-proxy`) and of Coolify itself have no uuid here.
///
/// The name alone proves nothing (a build helper has such a name too): the label [`PROJECT`] must
/// have the same uuid.
pub fn uuid_of_container(name: &str) -> Option<&str> {
    let name = name.strip_prefix('/').unwrap_or(name);
    let named = name.rsplit_once('-').filter(|(_, last)| is_number(last));
    let named = named.map_or(name, |(before, _)| before);
    let (is_named, uuid) = match named.rsplit_once('-') {
        Some((service, uuid)) => (is_plain(service), uuid),
        None => (true, named),
    };
    (is_named && is_uuid(uuid)).then_some(uuid)
}

/// Returns the uuid of the public database whose proxy has this name: `{uuid}-proxy`. The label [`PROJECT`] must be
/// [`PROXIES`].
pub fn uuid_of_proxy(name: &str) -> Option<&str> {
    let name = name.strip_prefix('/').unwrap_or(name);
    name.strip_suffix("-proxy").filter(|uuid| is_uuid(uuid))
}

/// Returns the filter of lists that only the container with this uuid as its whole name fits. The
/// engine takes a filter for a regular expression, and compares it with names with or without their
/// slash (20.10 to 28.5).
pub fn whole_name(uuid: &str) -> String {
    format!("^/?{uuid}$")
}

/// Returns whether a volume's name holds a uuid as a word: `{uuid}_data`, `postgres-data-{uuid}`.
/// Anonymous volumes, whose names are 64 hexadecimal digits, hold none.
pub fn is_volume(name: &str) -> bool {
    is_plain(name) && holds_uuid(name)
}

/// Returns whether a network may be read: one whose name holds a uuid, such as one of ours.
pub fn is_network(name: &str) -> bool {
    is_plain(name) && holds_uuid(name)
}

/// Returns whether the name is that of a workspace's own network: `covibe-` and the uuid of its project in
/// Coolify.
pub fn is_own_network(name: &str) -> bool {
    name.strip_prefix(NETWORK).is_some_and(is_uuid)
}

/// Returns whether the name is that of the network that Coolify makes for one compose app: the app's uuid.
///
/// The engine also takes the beginning of another network's id for a name, so a uuid of digits and
/// a to f only does not count.
pub fn is_apps_network(name: &str) -> bool {
    is_uuid(name) && name.bytes().any(|b| b > b'f')
}

fn holds_uuid(name: &str) -> bool {
    name.split(['-', '_', '.']).any(is_uuid)
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether Docker accepts the text as a name, and it begins with a letter or digit.
fn is_plain(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    text.len() <= LONGEST
        && text.bytes().all(is_part)
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}
