//! Names of images by which a host would run what lies on it already.

/// What docker puts before a name that has no registry.
const USUAL: [&str; 3] = ["docker.io/", "index.docker.io/", "library/"];

/// How long a name without a registry may be before its first mark: Coolify's ids, by which it calls
/// what it builds, have 24 letters and digits (4.0 to 4.3).
const SHORT: usize = 20;

/// Whether docker may take an image's name, without its tag and digest, for the id of an image on the
/// host or the beginning of one, or whether it may be the name of another app's build there.
///
/// `docker.io/library/x` is the same name as `x`.
pub fn may_be_of_host(name: &str) -> bool {
    let bare = USUAL.iter().fold(name, |name, start| name.strip_prefix(start).unwrap_or(name));
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let run = bare.bytes().take_while(u8::is_ascii_alphanumeric).count();
    !bare.contains('/') && (bare == "sha256" || bare.bytes().all(is_hex) || run >= SHORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_host_are_told_from_those_of_registries() {
        for name in [
            "3f9a",
            "a",
            "sha256",
            "docker.io/sha256",
            "l3mn0pq8r5st2uv7wx4yz1ab",
            "docker.io/library/l3mn0pq8r5st2uv7wx4yz1ab",
            "index.docker.io/l3mn0pq8r5st2uv7wx4yz1ab",
            "library/l3mn0pq8r5st2uv7wx4yz1ab_web",
            "l3mn0pq8r5st2uv7wx4yz1ab-web",
            "",
        ] {
            assert!(may_be_of_host(name), "{name}");
        }
        for name in [
            "nginx",
            "library/nginx",
            "docker.io/library/postgres",
            "acme/3f9a",
            "ghcr.io/acme/l3mn0pq8r5st2uv7wx4yz1ab",
            "localhost:5000/cafe",
            "clickhouse-server",
            "timescaledb-ha",
        ] {
            assert!(!may_be_of_host(name), "{name}");
        }
    }
}
