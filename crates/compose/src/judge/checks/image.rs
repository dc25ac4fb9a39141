//! `image`: `[registry[:port]/]name`, with a tag or a digest; variables in those two only.

use covibe_domain::image::{ImageReference, InvalidImage};

use super::scalars::text_of;
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::variables::interpolation;
use crate::yaml::Raw;

/// An image's name.
pub(crate) fn image(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let text = text_of(raw).unwrap_or_default();
    let (name, version) = split(text);
    let version = match version.map(interpolation::with_defaults).transpose() {
        Ok(version) => version.unwrap_or_default(),
        Err(fault) => {
            fault.report(report, place);
            return None;
        }
    };
    match parse(name, &version).filter(|_| text.len() <= LONGEST) {
        Some(Ok(_)) => return Some(Plain::text(text)),
        Some(Err(InvalidImage::Local)) => {
            let fix = "Name an image of a registry, like postgres:17 or ghcr.io/owner/name:1.2.";
            report.forbid(place, "it may name what others have on the host", Some(fix));
        }
        Some(Err(InvalidImage::Malformed)) | None => {
            let fix = if name.contains('$') {
                "Write the registry and the name out; the tag may be a variable."
            } else {
                "Like postgres:17 or ghcr.io/owner/name:1.2, in lower case."
            };
            report.reject(place, "it is not the name of an image", Some(fix));
        }
    }
    None
}

/// Reads the reference with the defaults of its variables filled in; none where a default would
/// become a part of the name.
fn parse(name: &str, version: &str) -> Option<Result<ImageReference, InvalidImage>> {
    let parsed = format!("{name}{version}").parse::<ImageReference>();
    let keeps_name = parsed.as_ref().map_or(true, |image| image.name() == name);
    keeps_name.then_some(parsed)
}

/// The longest reference, in bytes, its variables included.
const LONGEST: usize = 255;

/// The name of a reference, and its tag and digest with the character before them.
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

    fn passes(text: &str) -> bool {
        let mut report = Report::default();
        let raw = yaml::read(&format!("\"{text}\""), &mut report).unwrap();
        image(&mut report, &Place::file(), &raw).is_some()
    }

    #[test]
    fn images_are_told_apart_from_other_texts() {
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
            assert!(passes(good), "{good}");
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
            assert!(!passes(bad), "{bad}");
        }
    }
}
