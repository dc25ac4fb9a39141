//! `image`: `[registry[:port]/]name`, with a tag or a digest; variables in those two only.

use super::scalars::text_of;
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::variables::interpolation;
use crate::yaml::Raw;

/// An image's name.
pub(crate) fn image(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let text = text_of(raw).unwrap_or_default();
    let (name, version) = split(text);
    let filled = match version.map(interpolation::with_defaults).transpose() {
        Ok(filled) => filled,
        Err(fault) => {
            fault.report(report, place);
            return None;
        }
    };
    if text.len() <= 255 && is_name(name) && filled.as_deref().is_none_or(is_version) {
        if covibe_domain::images::may_be_of_host(name) {
            let fix = "Name an image of a registry, like postgres:17 or ghcr.io/owner/name:1.2.";
            report.forbid(place, "it may name what others have on the host", Some(fix));
            return None;
        }
        return Some(Plain::text(text));
    }
    let fix = if name.contains('$') {
        "Write the registry and the name out; the tag may be a variable."
    } else {
        "Like postgres:17 or ghcr.io/owner/name:1.2, in lower case."
    };
    report.reject(place, "it is not the name of an image", Some(fix));
    None
}

/// The name of a reference, and its tag and digest with the character before them.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let fixed = text.find('$').unwrap_or(text.len());
    let after_slash = text[..fixed].rfind('/').map_or(0, |slash| slash + 1);
    match text[after_slash..].find([':', '@']) {
        Some(at) => (&text[..after_slash + at], Some(&text[after_slash + at..])),
        None => (text, None),
    }
}

fn is_name(name: &str) -> bool {
    let ends = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let segment = |segment: &str, extra: &[u8]| {
        segment.bytes().next().is_some_and(ends)
            && segment.bytes().last().is_some_and(ends)
            && segment.bytes().all(|b| ends(b) || b"._-".contains(&b) || extra.contains(&b))
    };
    let (first, rest) = match name.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let extra: &[u8] = if rest.is_some() { b":" } else { b"" };
    segment(first, extra) && rest.is_none_or(|rest| rest.split('/').all(|part| segment(part, b"")))
}

/// `:tag`, `@sha256:…`, or both.
fn is_version(text: &str) -> bool {
    let (tag, digest) = match text.split_once('@') {
        Some((tag, digest)) => (tag, Some(digest)),
        None => (text, None),
    };
    let is_tag = |tag: &str| {
        (1..=128).contains(&tag.len())
            && !tag.starts_with(['.', '-'])
            && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    let is_digest = |digest: &str| {
        digest.strip_prefix("sha256:").is_some_and(|digits| {
            digits.len() == 64
                && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
    };
    (tag.is_empty() || tag.strip_prefix(':').is_some_and(is_tag)) && digest.is_none_or(is_digest)
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
        ] {
            assert!(!passes(bad), "{bad}");
        }
    }
}
