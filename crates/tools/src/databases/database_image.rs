//! The image of a database.

use covibe_coolify::Database;
use covibe_domain::Failure;
use covibe_domain::entities::Flavor;
use covibe_domain::image::ImageReference as Image;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Hosted, Workspace};

use super::errors::other_major;
use crate::resource_names;
use crate::resource_state::sight;

/// Fails if the text is not a reference to an image of an acceptable registry.
/// `param` is the parameter's name in backticks.
pub(super) fn check(cx: &Workspace, param: &str, image: &str) -> Result<(), Failure> {
    resource_names::check_registry(cx, param, &parse(param, image)?)
}

fn parse(param: &str, image: &str) -> Result<Image, Failure> {
    resource_names::image(param, "postgres:17-alpine", image)
}

/// Refuses an image of another major version than the one that wrote the data of a database, because it could not read
/// them. Returns the image that wrote them, as far as it is known: that of the container, else the stored one. If
/// Docker shows that there is no container, the stored one may never have run.
pub(super) async fn check_writer(
    coolify: &Coolify,
    before: &Owned<Database>,
    image: &str,
) -> Result<Option<String>, Failure> {
    let sight = sight(coolify, &Hosted::Database(before.clone())).await;
    let writer = sight.image(before.image.as_deref());
    match (writer, before.flavor) {
        (Some(writer), Some(flavor)) if is_other_major(flavor, writer, image) => {
            Err(other_major(writer, image))
        }
        _ => Ok(writer.map(ToOwned::to_owned)),
    }
}

/// Returns whether `after` may be unable to read data that `before` wrote: their names or major versions differ or are
/// unknown.
pub(super) fn may_be_incompatible(before: &str, after: &str) -> bool {
    before != after
        && (name_and_major(before).is_none() || name_and_major(before) != name_and_major(after))
}

/// Returns whether `after` can't read data that `before` wrote: it is another major version of the same image of a product
/// whose releases read only data of their own, or need steps to take it over.
fn is_other_major(flavor: Flavor, before: &str, after: &str) -> bool {
    use Flavor::{Mariadb, Mongodb, Mysql, Postgresql};
    let majors = name_and_major(before).zip(name_and_major(after));
    let is_other = majors.is_some_and(|((old, from), (new, to))| old == new && from != to);
    is_other && matches!(flavor, Postgresql | Mysql | Mariadb | Mongodb)
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
    fn another_image_name_or_major_version_may_be_incompatible() {
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
    fn another_major_version_of_postgresql_cannot_read_old_data() {
        let is_other = |after| is_other_major(Flavor::Postgresql, "postgres:16-alpine", after);
        assert!(is_other("postgres:17-alpine") && is_other("docker.io/library/postgres:15"));
        for same in ["postgres:16.4", "postgres:latest", "pgvector/pgvector:17"] {
            assert!(!is_other(same), "{same}");
        }
        assert!(!is_other_major(Flavor::Redis, "redis:7", "redis:8"));
    }

    #[test]
    fn rejects_malformed_image_references() {
        assert!(parse("image", "ghcr.io/o/postgres:17").is_ok());
        for bad in ["a//b", "a:", "x:y:z"] {
            assert_eq!(parse("image", bad).unwrap_err().kind.status(), 400, "{bad}");
        }
    }
}
