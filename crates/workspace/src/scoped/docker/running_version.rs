//! The running version of a resource, according to its containers.

use covibe_domain::image::ImageReference;
use covibe_domain::{Failure, boxed};

use super::Hosted;
use crate::scoped::coolify::{AnyApp, Coolify, Version};

impl Hosted {
    /// Returns the running version of the resource if one of its containers was created from this image; `None` if it
    /// is unknown. The settings may have been changed since the start.
    pub(crate) fn version_of(&self, image: Option<&str>) -> Option<Version> {
        let present = self.present_version();
        let Some(image) = image else { return present };
        match (self, present) {
            (Self::App(AnyApp::Application(app)), _) if app.runs_image() => {
                Some(Version::Image(named_image(image, app.image().as_deref())))
            }
            (Self::App(AnyApp::Application(_)), present) => built_commit(image).or(present),
            (Self::Database(database), _) => {
                Some(Version::Image(named_image(image, database.image.as_deref())))
            }
            (Self::App(AnyApp::Service(service)) | Self::Provider(service), present) => {
                present.filter(|_| service.compose().is_none_or(|file| may_have(file, image)))
            }
        }
    }

    /// Returns the version of the next start with the current settings, as far as Coolify reports it.
    fn present_version(&self) -> Option<Version> {
        match self {
            Self::App(AnyApp::Application(app)) => Version::from_application(app),
            Self::App(AnyApp::Service(service)) | Self::Provider(service) => {
                Version::from_service(service)
            }
            Self::Database(database) => Version::from_database(database),
        }
    }
}

impl Coolify {
    /// Checks that a start of a resource with the current settings would not run a rejected version.
    ///
    /// # Errors
    ///
    /// Rejected, with the label, the container and what to change.
    #[boxed]
    pub async fn check_hosted(&self, resource: &Hosted) -> Result<(), Failure> {
        self.check_version(resource.uuid(), resource.present_version()).await
    }
}

/// Returns the name that a resource gives a container's image if it is the same image, otherwise the container's own
/// name for it.
fn named_image(image: &str, named: Option<&str>) -> String {
    let parse = |text: &str| text.parse::<ImageReference>().ok().map(|image| image.canonical());
    let is_same = |named: &&str| {
        *named == image
            || parse(named).zip(parse(image)).is_some_and(|(named, image)| named.is_same_as(&image))
    };
    named.filter(is_same).unwrap_or(image).to_owned()
}

/// Returns the commit that Coolify built an image from, which is the image's tag (4.0 to 4.3).
fn built_commit(image: &str) -> Option<Version> {
    let (_, tag) = image.rsplit_once(':')?;
    let is_hash = matches!(tag.len(), 40 | 64) && tag.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| Version::Commit(tag.to_owned()))
}

/// Returns whether a container of this image may come from a compose file: the file names the image, with or without
/// its registry, or names an image by a variable.
fn may_have(file: &str, image: &str) -> bool {
    let bare = image.strip_prefix("docker.io/").unwrap_or(image);
    let bare = bare.strip_prefix("library/").unwrap_or(bare);
    file.contains(bare) || file.lines().any(|line| line.contains("image") && line.contains('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_under_the_resources_name_for_the_same_image() {
        for (image, named, expected) in [
            ("docker.io/library/nginx:1", "nginx:1", "nginx:1"),
            ("nginx", "nginx:latest", "nginx:latest"),
            ("registry.test/evil:1", "registry.test/good:1", "registry.test/evil:1"),
            ("odd image", "odd image", "odd image"),
        ] {
            assert_eq!(named_image(image, Some(named)), expected, "{image} {named}");
        }
        assert_eq!(named_image("nginx:1", None), "nginx:1");
    }

    #[test]
    fn built_commit_reads_the_commit_from_the_tag_of_a_build() {
        let hash = "a1".repeat(20);
        let built = format!("zg4cwgc44ogc08804000gggo:{hash}");
        assert_eq!(built_commit(&built), Some(Version::Commit(hash)));
        for image in ["zg4cwgc44ogc08804000gggo:HEAD", "nginx", "registry.test/app:1.2"] {
            assert_eq!(built_commit(image), None, "{image}");
        }
    }

    #[test]
    fn a_file_may_have_an_image_only_if_it_names_it_or_a_variable() {
        let file = "services: {web: {image: 'docker.io/library/nginx:1'}}";
        assert!(may_have(file, "nginx:1") && may_have(file, "docker.io/library/nginx:1"));
        assert!(!may_have(file, "registry.test/evil:1"));
        assert!(may_have("image: 'evil:${TAG}'", "evil:1"), "a variable may stand for it");
    }
}
