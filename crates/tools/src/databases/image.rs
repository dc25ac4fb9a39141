//! The image that a database runs.

use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;

use crate::names;

/// What an image's name may be made of; the rest is checked by [`check`].
pub(super) const IMAGE: &str = r"^[a-z0-9][\w./:@-]{0,200}$";

/// Refuses what is no image reference.
pub(super) fn check(image: &str) -> Result<(), Failure> {
    names::image("image", "postgres:17-alpine", image).map(drop)
}

/// Whether data that one image wrote may be unreadable to the other: they are not known to be of
/// the same name and major version.
pub(super) fn may_not_fit(before: &str, after: &str) -> bool {
    before != after && (family(before).is_none() || family(before) != family(after))
}

/// The name without the usual registry, and the major version.
fn family(image: &str) -> Option<(String, u32)> {
    let image: Image = image.parse().ok()?;
    let tag = image.tag()?;
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let digits = tag.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((image.familiar_name().to_owned(), digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_compared() {
        for (before, after) in [
            ("postgres:16-alpine", "postgres:16.4"),
            ("docker.io/library/redis:7.2", "redis:7"),
            ("x/y:latest", "x/y:latest"),
        ] {
            assert!(!may_not_fit(before, after), "{before} {after}");
        }
        for (before, after) in [
            ("postgres:16-alpine", "postgres:17-alpine"),
            ("postgres:16", "pgvector/pgvector:16"),
            ("postgres:16", "postgres:latest"),
            ("redis", "redis:7"),
            ("mysql:8", "mysql:80"),
        ] {
            assert!(may_not_fit(before, after), "{before} {after}");
        }
    }

    #[test]
    fn images_are_checked() {
        assert!(check("ghcr.io/o/postgres:17").is_ok());
        for bad in ["a//b", "a:", "x:y:z"] {
            assert_eq!(check(bad).unwrap_err().kind.status(), 400, "{bad}");
        }
    }
}
