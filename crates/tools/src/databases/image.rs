//! The image of a database.

use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_workspace::Workspace;

use crate::names;

/// Fails if the text is not a reference to an image of an acceptable registry.
/// `param` is the parameter's name.
pub(super) fn check(cx: &Workspace, param: &str, image: &str) -> Result<(), Failure> {
    names::check_registry(cx, param, &parse(param, image)?)
}

fn parse(param: &str, image: &str) -> Result<Image, Failure> {
    names::image(param, "postgres:17-alpine", image)
}

/// Whether `after` may be unable to read data that `before` wrote: their names or major versions
/// differ or are unknown.
pub(super) fn may_be_incompatible(before: &str, after: &str) -> bool {
    before != after
        && (name_and_major(before).is_none() || name_and_major(before) != name_and_major(after))
}

/// Returns the name without the default registry, and the major version.
fn name_and_major(image: &str) -> Option<(String, u32)> {
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
    fn compares_names_and_major_versions() {
        for (before, after) in [
            ("postgres:16-alpine", "postgres:16.4"),
            ("docker.io/library/redis:7.2", "redis:7"),
            ("x/y:latest", "x/y:latest"),
        ] {
            assert!(!may_be_incompatible(before, after), "{before} {after}");
        }
        for (before, after) in [
            ("postgres:16-alpine", "postgres:17-alpine"),
            ("postgres:16", "pgvector/pgvector:16"),
            ("postgres:16", "postgres:latest"),
            ("redis", "redis:7"),
            ("mysql:8", "mysql:80"),
        ] {
            assert!(may_be_incompatible(before, after), "{before} {after}");
        }
    }

    #[test]
    fn rejects_malformed_image_references() {
        assert!(parse("image", "ghcr.io/o/postgres:17").is_ok());
        for bad in ["a//b", "a:", "x:y:z"] {
            assert_eq!(parse("image", bad).unwrap_err().kind.status(), 400, "{bad}");
        }
    }
}
