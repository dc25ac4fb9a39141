//! The name in an image reference: `[registry[:port]/]path`, and its two normal forms.

use crate::internet::is_public_name;

/// The longest name, in characters.
const MAX_LENGTH: usize = 255;

/// Docker Hub, as Docker writes it out.
const HUB: &str = "docker.io";

/// The prefixes that Docker adds to a name without a registry.
const IMPLIED: [&str; 3] = ["docker.io/", "index.docker.io/", "library/"];

/// Returns whether a text has the form of a name.
pub(super) fn is_name(name: &str) -> bool {
    let Some((first, rest)) = name.split_once('/') else {
        return name.len() <= MAX_LENGTH && is_segment(name, false);
    };
    name.len() <= MAX_LENGTH
        && is_segment(first, true)
        && rest.split('/').all(|segment| is_segment(segment, false))
}

fn is_segment(segment: &str, has_port: bool) -> bool {
    let is_end = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_inner = |b: u8| is_end(b) || b"._-".contains(&b) || (has_port && b == b':');
    segment.bytes().next().is_some_and(is_end)
        && segment.bytes().last().is_some_and(is_end)
        && segment.bytes().all(is_inner)
}

/// Returns the name without the registry and the `library/` that Docker implies.
pub(super) fn familiar_name(name: &str) -> &str {
    IMPLIED.iter().fold(name, |name, prefix| name.strip_prefix(prefix).unwrap_or(name))
}

/// Returns the name with its registry written out, and with `library/` on Docker Hub.
pub(super) fn canonical_name(name: &str) -> String {
    let (registry, path) = match name.split_once('/') {
        Some(("index.docker.io", path)) => (HUB, path),
        Some((first, path)) if is_registry(first) => (first, path),
        _ => (HUB, name),
    };
    let library = if registry == HUB && !path.contains('/') { "library/" } else { "" };
    format!("{registry}/{library}{path}")
}

/// Docker's rule for telling a registry from the first segment of a path on Docker Hub.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

/// Returns whether a registry has a public name, and no port but 443.
pub(super) fn is_public(registry: &str) -> bool {
    let (host, port) = registry.split_once(':').unwrap_or((registry, "443"));
    port == "443" && is_public_name(host)
}
