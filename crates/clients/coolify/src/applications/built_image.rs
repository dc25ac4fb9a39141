//! The name and tag by which Coolify stores the image that an application runs.

use covibe_domain::image::ImageReference;

/// Returns `docker_registry_image_name` and `…_tag` for a new application; Coolify takes a digest
/// as part of the name.
pub(super) fn parts(image: &ImageReference) -> (String, Option<&str>) {
    match image.digest() {
        Some(digest) => (format!("{}@sha256:{digest}", image.name()), None),
        None => (image.name().to_owned(), Some(tag(image))),
    }
}

/// Returns both as Coolify stores them. A change must write them like this: one that only sets the
/// name would leave the old tag behind the digest (beta.473 to 4.3.11).
pub(super) fn columns(image: &ImageReference) -> (String, &str) {
    match image.digest() {
        Some(digest) => (format!("{}@sha256", image.name()), digest),
        None => (image.name().to_owned(), tag(image)),
    }
}

fn tag(image: &ImageReference) -> &str {
    image.tag().unwrap_or(ImageReference::DEFAULT_TAG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_sent_within_the_name_and_changed_in_the_tag_column() {
        let text = format!("nginx@sha256:{}", "0".repeat(64));
        let (pinned, floating): (ImageReference, ImageReference) =
            (text.parse().unwrap(), "nginx".parse().unwrap());
        assert_eq!(parts(&pinned), (text, None));
        assert_eq!(parts(&floating), ("nginx".to_owned(), Some("latest")));
        let (name, tag) = ("nginx@sha256".to_owned(), "0".repeat(64));
        assert_eq!(columns(&pinned), (name, tag.as_str()));
        assert_eq!(columns(&floating), ("nginx".to_owned(), "latest"));
    }
}
