//! The labels that Coolify gives to containers (4.0 to 4.3; seen with 4.3.11).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Those of all containers except proxies of public databases. Each deployment sets them, whatever
/// the image has.
const ALL: [&str; 5] = ["environmentName", "managed", "projectName", "resourceName", "type"];

/// Those that applications have too.
const APPLICATION: [&str; 5] = ["applicationId", "name", "pullRequestId", "serviceName", "version"];

/// Those that compose services have too.
const SERVICE: [&str; 7] = [
    "name",
    "service.subId",
    "service.subName",
    "service.subType",
    "serviceId",
    "serviceName",
    "version",
];

/// The one that databases have too. It is not unique.
const DATABASE: [&str; 1] = ["databaseId"];

/// A kind of resource, by the labels of its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// An application with one container.
    Application,
    /// A compose service.
    Service,
    /// A database.
    Database,
}

impl ContainerKind {
    /// Returns whether Coolify sets this label of its own on every container of the kind.
    pub fn sets_label(self, key: &str) -> bool {
        let own: &[&str] = match self {
            Self::Application => &APPLICATION,
            Self::Service => &SERVICE,
            Self::Database => &DATABASE,
        };
        let name = key.strip_prefix("coolify.").unwrap_or_default();
        ALL.contains(&name) || own.contains(&name)
    }
}

/// Returns whether the lines of `custom_labels` have a label with this value. Some releases encode them as
/// base64, in which no label is written.
pub(super) fn has_line(labels: &str, key: &str, value: &str) -> bool {
    let decoded = STANDARD.decode(labels.trim()).ok().and_then(|text| String::from_utf8(text).ok());
    let labels = decoded.as_deref().unwrap_or(labels);
    labels.lines().any(|line| line.split_once('=') == Some((key, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_container_kind_recognizes_only_its_own_labels() {
        for key in ["coolify.managed", "coolify.applicationId"] {
            assert!(ContainerKind::Application.sets_label(key), "{key}");
        }
        for key in [
            "coolify.serviceId",
            "coolify.databaseId",
            "coolify.proxy",
            "managed",
            "Coolify.managed",
        ] {
            assert!(!ContainerKind::Application.sets_label(key), "{key}");
        }
        assert!(ContainerKind::Service.sets_label("coolify.service.subId"));
        assert!(
            ContainerKind::Database.sets_label("coolify.databaseId")
                && !ContainerKind::Database.sets_label("coolify.name")
        );
    }

    #[test]
    fn label_lines_are_found_in_plain_and_base64_text() {
        let plain = "traefik.enable=true\ntraefik.a.rule=Host(`a=b`)";
        for labels in [plain.to_owned(), STANDARD.encode(plain)] {
            assert!(has_line(&labels, "traefik.a.rule", "Host(`a=b`)"));
            assert!(!has_line(&labels, "traefik.a.rule", "Host(`c`)"));
        }
    }
}
