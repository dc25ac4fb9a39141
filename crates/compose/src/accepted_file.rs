//! An accepted compose file, as callers see it.

use covibe_domain::Secret;

use crate::canonical_text;
use crate::rewrite_changes::{Change, NeededVariables, Placeholders};
use crate::volumes::Renamed;
use crate::yaml_tree::Tree;

/// An accepted compose file.
#[derive(Clone)]
pub struct Compose {
    /// Its services, in the file's order; at least one.
    pub services: Vec<ComposeService>,
    /// The services that are built, with their Dockerfiles as paths from the folder that is built.
    pub builds: Vec<(String, String)>,
    /// The service that gets the domain if the call names none.
    pub choice: Option<Choice>,
    /// The differences between the file that was passed and the one that is sent.
    pub changes: Vec<Change>,
    /// Services whose URLs have a path, with it: `/api`.
    pub paths: Vec<(String, String)>,
    /// The variables that the file refers to and the call does not set.
    pub needed: NeededVariables,
    /// Where values look like placeholders.
    pub placeholders: Placeholders,
    /// Advice for the agent, one sentence each.
    pub hints: Vec<String>,
    /// The changes of the volumes that the containers mount, one warning each.
    pub warnings: Vec<String>,
    /// The services that the current file has under other names.
    pub renamed: Vec<Renamed>,
    pub(crate) text: Secret,
    pub(crate) file: Tree,
    /// The services that have a host name now, with it.
    pub(crate) hosts: Vec<(String, String)>,
}

/// The chosen service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub service: String,
    /// Why it was chosen, as a clause in lower case.
    pub why: &'static str,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeService {
    /// Its name: `^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`, and not digits alone.
    pub name: String,
    /// Its image, with its registry.
    pub image: String,
    /// The container's ports that `expose` lists; the first one gets the domain.
    pub ports: Vec<u16>,
    /// True if Coolify treats it as a database, which can't have a domain.
    pub is_database: bool,
    /// True if it has an active healthcheck in the file.
    pub has_healthcheck: bool,
    /// True if it is to keep running, instead of running once.
    pub runs_on: bool,
}

/// The longest host name, in characters.
const LONGEST_HOST: usize = 63;

impl Compose {
    /// Returns the canonical text with the services' names as host names. It may contain
    /// credentials.
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// Returns the text that is sent for an app of this name in the workspace with this slug: each
    /// host name of the file is `{service}-{app}--{slug}` with at most 63 characters, or the one that the
    /// service got under an earlier name of the app: programs such as RabbitMQ find their data by
    /// it. It may contain credentials.
    pub fn text_for(&self, app: &str, slug: &str) -> String {
        let mut file = self.file.clone();
        for (name, service) in file.get_mut("services").map(Tree::members_mut).unwrap_or_default() {
            if service.get("hostname").is_some() {
                let present = self.hosts.iter().find(|(of, host)| of == name && is_own(host, slug));
                let host = present.map(|(_, host)| host.clone());
                let host = host.unwrap_or_else(|| host_name(name, app, slug));
                service.set("hostname", Tree::Text(host));
            }
        }
        canonical_text::write(file.members())
    }
}

/// Returns the host names of a file's services.
pub(crate) fn host_names(file: &Tree) -> Vec<(String, String)> {
    let services = file.get("services").map(Tree::members).unwrap_or_default();
    let host = |service: &Tree| service.get("hostname").and_then(Tree::as_str).map(str::to_owned);
    services.iter().filter_map(|(name, service)| Some((name.clone(), host(service)?))).collect()
}

/// Returns whether [`host_name`] may have returned a name for a workspace with this slug.
fn is_own(host: &str, slug: &str) -> bool {
    let is_whole = host.strip_suffix(slug).is_some_and(|rest| rest.ends_with('-'));
    !host.contains('.') && (is_whole || host.len() == LONGEST_HOST)
}

/// Returns a name that no container of another workspace has: a slug is never cut and has no `--`, so the
/// part after the last one is the slug.
fn host_name(service: &str, app: &str, slug: &str) -> String {
    let end = format!("--{slug}");
    let room = LONGEST_HOST.saturating_sub(end.len());
    let (service, app) = (service.replace('.', "-"), covibe_domain::names::label(app));
    let for_service = room.saturating_sub(app.len() + 1).max(1);
    let service: String = service.chars().take(for_service).collect();
    let start: String = format!("{service}-{app}").chars().take(room).collect();
    format!("{}{end}", start.trim_end_matches('-'))
}

impl std::fmt::Debug for Compose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compose")
            .field("services", &self.services)
            .field("choice", &self.choice)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_of_different_workspaces_differ_and_fit_a_dns_label() {
        assert_eq!(host_name("mq", "jobs", "mark"), "mq-jobs--mark");
        assert_ne!(host_name("web", "x-c", "d"), host_name("web", "x", "c-d"));
        let long = "a".repeat(63);
        for service in ["web", "w.b", &long] {
            let (one, other) = (host_name(service, &long, "d"), host_name(service, &long, "c-d"));
            assert_ne!(one, other);
            assert!(one.len() <= LONGEST_HOST && one.ends_with("--d"), "{one}");
            assert!(other.len() <= LONGEST_HOST && other.ends_with("--c-d"), "{other}");
            assert!(is_own(&one, "d") && !one.starts_with('-'), "{one}");
        }
    }

    #[test]
    fn host_names_of_earlier_releases_count_as_own() {
        assert!(is_own("mq-jobs-mark", "mark") && is_own("mq-jobs--mark", "mark"));
        assert!(!is_own("mq-jobs--justine", "mark") && !is_own("www.mark", "mark"));
    }
}
