//! `image`: a reference in which the tag and the digest may contain variables.

use covibe_domain::image::{ImageReference, InvalidImage};

use super::scalars::text_of;
use crate::location::Location;
use crate::refusals::values::{image_name_with_variable, local_image, malformed_image};
use crate::refusals::variables::invalid_variable;
use crate::report::Report;
use crate::services::is_routed_by_variables;
use crate::tree::Tree;
use crate::variables::interpolation;
use crate::yaml::Node;

/// Judges an image reference.
pub(crate) fn image(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    let text = text_of(node).unwrap_or_default();
    let (name, version) = split(text);
    let version = match version.map(interpolation::with_defaults).transpose() {
        Ok(version) => version.unwrap_or_default(),
        Err(error) => {
            report.add(location, invalid_variable(error));
            return None;
        }
    };
    match parse(name, &version).filter(|_| text.len() <= LONGEST) {
        Some(Ok(image)) => return Some(Tree::text(sent(&image, text))),
        Some(Err(InvalidImage::Local)) => report.add(location, local_image()),
        Some(Err(InvalidImage::Malformed)) | None => {
            let has_variable = name.contains('$');
            report.add(
                location,
                if has_variable { image_name_with_variable() } else { malformed_image() },
            );
        }
    }
    None
}

/// Returns the reference with its registry written out, and with the registry's port where Coolify would
/// otherwise route the image by variables. So no variable in the tag can become a part of the registry.
fn sent(image: &ImageReference, text: &str) -> String {
    let (_, version) = split(text);
    let mut name = image.canonical().name().to_owned();
    if is_routed_by_variables(&name) {
        name = name.replacen('/', ":443/", 1);
    }
    name + version.unwrap_or_default()
}

/// Parses the reference with the defaults of its variables filled in. Returns nothing if a default
/// would become a part of the name.
fn parse(name: &str, version: &str) -> Option<Result<ImageReference, InvalidImage>> {
    let parsed = format!("{name}{version}").parse::<ImageReference>();
    let keeps_name = parsed.as_ref().map_or(true, |image| image.name() == name);
    keeps_name.then_some(parsed)
}

/// The longest reference, in bytes, its variables included.
const LONGEST: usize = 255;

/// Splits a reference into its name, and its tag and digest with the character before them.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let fixed = text.find('$').unwrap_or(text.len());
    let after_slash = text[..fixed].rfind('/').map_or(0, |slash| slash + 1);
    match text[after_slash..].find([':', '@']) {
        Some(at) => (&text[..after_slash + at], Some(&text[after_slash + at..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn is_accepted(text: &str) -> bool {
        let mut report = Report::default();
        let node = yaml::read(&format!("\"{text}\"")).unwrap();
        image(&mut report, &Location::file(), &node).is_some()
    }

    #[test]
    fn accepts_image_references_with_variables_in_the_version() {
        let digest = format!("nginx:1@sha256:{}", "0".repeat(64));
        for good in [
            "nginx",
            "nginx:alpine",
            "ghcr.io/o/r:v1.2",
            "localhost:5000/a/b",
            "a/b:${TAG:-latest}",
            "app:1-${V}",
            digest.as_str(),
        ] {
            assert!(is_accepted(good), "{good}");
        }
        for bad in [
            "",
            "Nginx",
            "a b",
            "nginx:",
            "nginx@sha256:12",
            "-x",
            "x;rm",
            "host:5000/",
            "a//b",
            "a/b:c/d",
            "http://x/y",
            "$IMAGE",
            "${R}/a:1",
            "app:${T:-x y}",
            "app:${PATH}",
            "a:5000/b:",
            "3f9a",
            "cafe:1",
            "docker.io/library/beef",
            "l3mn0pq8r5st2uv7wx4yz1ab:${TAG:-latest}",
            "a:${T:-b/c:d}",
            "a:${T:-b/c}",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }
}
