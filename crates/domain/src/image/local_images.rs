//! Image names by which Docker would run what is already on the host, instead of pulling it.

use super::image_name::familiar_name;

/// The length from which a name without a registry may be the name of another app's build: Coolify
/// names its builds after its ids of 24 letters and digits (4.0 to 4.3).
const BUILD_ID_LENGTH: usize = 20;

/// Returns whether Docker may take an image's name, without its tag and digest, for the id of an
/// image on the host or a prefix of one, or whether it may be the name of another app's build there.
///
/// `docker.io/library/x` is the same name as `x`.
pub(super) fn may_be_local(name: &str) -> bool {
    let bare = familiar_name(name);
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let run = bare.bytes().take_while(u8::is_ascii_alphanumeric).count();
    !bare.contains('/') && (bare == "sha256" || bare.bytes().all(is_hex) || run >= BUILD_ID_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_local_names_from_those_of_registries() {
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
            assert!(may_be_local(name), "{name}");
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
            assert!(!may_be_local(name), "{name}");
        }
    }
}
