//! Volumes.

use std::collections::BTreeMap;

use covibe_domain::Timestamp;

/// A volume.
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) labels: BTreeMap<String, String>,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// True if Coolify knows it, and removes it with its resource.
    pub(crate) is_of_coolify: bool,
    /// True if Docker created it without a name for one container.
    pub(crate) is_anonymous: bool,
}

impl Volume {
    /// Creates a volume of that name, with the labels that Docker Compose gives to those of a resource.
    pub(crate) fn new(name: &str, created: Timestamp) -> Self {
        let mut labels = BTreeMap::new();
        if let Some(project) = project(name) {
            let mut add = |name: &str, value: &str| {
                labels.insert(format!("com.docker.compose.{name}"), value.to_owned())
            };
            add("project", project);
            add("volume", name);
            add("version", "2.40.3");
        }
        let spread: u64 = name.bytes().map(u64::from).sum();
        let (name, size) = (name.to_owned(), 1_048_576 + spread * 4_096);
        Self { name, created, labels, size, is_of_coolify: false, is_anonymous: false }
    }

    /// Creates a volume without a name, which gets a random one.
    pub(crate) fn anonymous(name: &str, created: Timestamp) -> Self {
        let labels = BTreeMap::from([("com.docker.volume.anonymous".to_owned(), String::new())]);
        Self { labels, is_anonymous: true, ..Self::new(name, created) }
    }
}

/// Returns the uuid in a volume's name: before its first `_` or `-`, or after its last `-`.
fn project(name: &str) -> Option<&str> {
    let is_uuid = |text: &&str| {
        text.len() == 24 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let first = name.split(['_', '-']).next().filter(is_uuid);
    first.or_else(|| name.rsplit('-').next().filter(is_uuid)).filter(|uuid| *uuid != name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uuid_of_the_resource_is_read_from_a_volume_name() {
        let uuid = "u0123456789abcdefghijklm";
        assert_eq!(project(&format!("{uuid}_my-data")), Some(uuid));
        assert_eq!(project(&format!("postgres-data-{uuid}")), Some(uuid));
        assert_eq!(project("coolify-db"), None);
        assert_eq!(project(uuid), None);
    }
}
