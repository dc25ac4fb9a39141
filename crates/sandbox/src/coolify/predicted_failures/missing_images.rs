//! The images that nobody has.
//!
//! An image is taken for one that exists, unless
//!
//! - its name or its tag says that it does not (`nginx:doesnotexist`, `ghcr.io/acme/nosuch`),
//! - its name is a common misspelling of an official image (`ngnix`), or
//! - it is one of a few official images, and its tag does not look like one of theirs: a version (`1.27`, `v3.1`) or
//!   a word that they use (`alpine`, `lts-slim`). Any version is taken for one that exists.

/// The parts of names and tags that mark a missing image, without `-`, `_` and `.`.
const DENIALS: [&str; 6] =
    ["doesnotexist", "doesntexist", "nonexistent", "notexist", "nosuch", "typo"];

/// Misspellings of official images, which Docker Hub does not have.
const MISSPELLED: [&str; 5] = ["ngnix", "nignx", "postgress", "pyhton", "reddis"];

/// Official images whose tags have a known form.
const OFFICIAL: [&str; 11] = [
    "nginx", "httpd", "caddy", "node", "python", "postgres", "redis", "mysql", "mariadb", "mongo",
    "busybox",
];

/// The words with which tags of official images begin, if not with a version.
const WORDS: [&str; 30] = [
    "latest",
    "stable",
    "mainline",
    "lts",
    "current",
    "slim",
    "alpine",
    "bookworm",
    "bullseye",
    "trixie",
    "buster",
    "jammy",
    "noble",
    "iron",
    "jod",
    "krypton",
    "hydrogen",
    "gallium",
    "perl",
    "builder",
    "musl",
    "glibc",
    "uclibc",
    "oracle",
    "oraclelinux",
    "ubi",
    "windowsservercore",
    "nanoserver",
    "innovation",
    "rc",
];

/// The parts of the name of an image.
struct Name<'a> {
    /// None for Docker Hub.
    registry: Option<&'a str>,
    repository: &'a str,
    /// None for an image with a digest, whose tag nobody looks at.
    tag: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn parse(image: &'a str) -> Self {
        let (name, digest) =
            image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let is_host = |host: &&str| host.contains(['.', ':']) || *host == "localhost";
        let host = name.split_once('/').filter(|(host, _)| is_host(host));
        let (registry, path) = host.map_or((None, name), |(host, path)| (Some(host), path));
        let registry = registry.filter(|host| !matches!(*host, "docker.io" | "index.docker.io"));
        let (repository, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        let repository = if registry.is_none() {
            repository.strip_prefix("library/").unwrap_or(repository)
        } else {
            repository
        };
        Self { registry, repository, tag: digest.is_none().then_some(tag) }
    }

    fn has_repository(&self) -> bool {
        let is_misspelled = self.registry.is_none() && MISSPELLED.contains(&self.repository);
        !is_misspelled && !denies_existence(self.repository)
    }

    fn has_tag(&self) -> bool {
        let Some(tag) = self.tag else { return true };
        let is_official = self.registry.is_none() && OFFICIAL.contains(&self.repository);
        !denies_existence(tag) && (!is_official || looks_official(tag))
    }
}

fn denies_existence(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    let plain = plain.to_ascii_lowercase();
    DENIALS.iter().any(|denial| plain.contains(denial))
}

fn looks_official(tag: &str) -> bool {
    let first = tag.split('-').next().unwrap_or_default();
    let is_version =
        first.strip_prefix('v').unwrap_or(first).starts_with(|c: char| c.is_ascii_digit());
    let word = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    is_version || WORDS.contains(&word)
}

/// Returns whether BuildKit finds no such image.
pub(crate) fn not_found(image: &str) -> bool {
    let name = Name::parse(image);
    !name.has_repository() || !name.has_tag()
}

/// Returns what Docker says when it pulls an image that nobody has; none for any other image.
///
/// Docker Hub and most registries answer for a repository that they lack as for one that is private.
pub(crate) fn pull_failure(image: &str) -> Option<String> {
    let name = Name::parse(image);
    let shown = match (name.registry, name.repository) {
        (Some(registry), repository) => format!("{registry}/{repository}"),
        (None, repository) => repository.to_owned(),
    };
    if !name.has_repository() {
        return Some(format!(
            "pull access denied for {shown}, repository does not exist or may require 'docker login': denied: \
             requested access to the resource is denied"
        ));
    }
    let tag = name.tag.filter(|_| !name.has_tag())?;
    Some(format!("manifest for {shown}:{tag} not found: manifest unknown: manifest unknown"))
}

/// Official images that listen on one port, whatever `PORT` says.
const PORTS: [(&str, u16); 6] = [
    ("nginx", 80),
    ("httpd", 80),
    ("postgres", 5432),
    ("redis", 6379),
    ("mysql", 3306),
    ("mongo", 27017),
];

/// Returns the port on which the program of an image listens; none of an image that is not known.
pub(crate) fn listens_on(image: &str) -> Option<u16> {
    let name = image.strip_prefix("docker.io/").unwrap_or(image);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let name = name.split([':', '@']).next()?;
    PORTS.iter().find(|(known, _)| *known == name).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_exist_unless_their_names_say_otherwise() {
        for exists in [
            "nginx",
            "nginx:alpine",
            "nginx:2",
            "nginx:1.27-alpine3.20",
            "docker.io/library/nginx:1",
            "node:lts-slim",
            "node:22",
            "python:3.13-rc-slim",
            "postgres:17-alpine",
            "redis:7.99",
            "ghcr.io/org/server:1.0",
            "acme/web:1",
            "x:2",
            "ghcr.io/coollabsio/minio:RELEASE.2025-10-15T17-29-55Z",
            "registry.example:5000/nginx:whatever",
            "node@sha256:12",
            "mysql:oraclelinux9",
            "mongo:8-noble",
        ] {
            assert_eq!(pull_failure(exists), None, "{exists}");
            assert!(!not_found(exists), "{exists}");
        }
    }

    #[test]
    fn the_pull_error_names_the_missing_image() {
        let unknown = |image| {
            assert!(not_found(image), "{image}");
            pull_failure(image).expect(image)
        };
        let manifest =
            "manifest for nginx:doesnotexist not found: manifest unknown: manifest unknown";
        assert_eq!(unknown("nginx:doesnotexist"), manifest);
        assert_eq!(unknown("docker.io/library/nginx:doesnotexist"), manifest);
        assert!(unknown("nginx:alpin").starts_with("manifest for nginx:alpin not"));
        assert!(unknown("postgres:newest").contains("manifest unknown"));
        assert!(
            unknown("ghcr.io/acme/web:does-not-exist").contains("ghcr.io/acme/web:does-not-exist")
        );
        assert!(unknown("ngnix:alpine").starts_with("pull access denied for ngnix, repository"));
        assert!(unknown("acme/no-such:1").contains("denied for acme/no-such,"));
    }

    #[test]
    fn only_official_images_have_known_ports() {
        assert_eq!(listens_on("nginx:1.27"), Some(80));
        assert_eq!(listens_on("docker.io/library/redis"), Some(6379));
        assert_eq!(listens_on("acme/nginx:1"), None);
    }
}
