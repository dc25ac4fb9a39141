//! A container image's name.

use std::fmt;
use std::str::FromStr;

/// A text that does not name an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidImage;

impl fmt::Display for InvalidImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an image: expected [registry/]name[:tag] or [registry/]name@sha256:digest, in lower case")
    }
}

impl std::error::Error for InvalidImage {}

/// `[registry[:port]/]name`, with a tag, or a digest, or neither; no name that may be an image's id or
/// another app's build on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Registry and name.
    pub name: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest's 64 hexadecimal digits, without `sha256:`.
    pub digest: Option<String>,
}

impl Image {
    /// Whether both name one image: without a tag it is the latest, and a digest needs none.
    pub fn is(&self, other: &Self) -> bool {
        self.columns() == other.columns()
    }

    /// What Coolify takes as `docker_registry_image_name` and `…_tag`: a digest is part of the name.
    pub(crate) fn parts(&self) -> (String, Option<&str>) {
        match &self.digest {
            Some(digest) => (format!("{}@sha256:{digest}", self.name), None),
            None => (self.name.clone(), Some(self.tag.as_deref().unwrap_or("latest"))),
        }
    }

    /// How Coolify keeps it, which a change has to write as it is: one that only names the image
    /// would leave the tag that is there behind the digest (beta.473 to 4.3.11).
    pub(crate) fn columns(&self) -> (String, &str) {
        match &self.digest {
            Some(digest) => (format!("{}@sha256", self.name), digest),
            None => (self.name.clone(), self.tag.as_deref().unwrap_or("latest")),
        }
    }
}

impl FromStr for Image {
    type Err = InvalidImage;

    fn from_str(text: &str) -> Result<Self, InvalidImage> {
        let (text, digest) = match text.split_once("@sha256:") {
            Some((text, digest)) => (text, Some(digest.to_owned())),
            None => (text, None),
        };
        // A colon before the last slash is a registry's port.
        let tag_at = text.rfind(':').filter(|at| !text[*at..].contains('/'));
        let (name, tag) = match tag_at {
            Some(at) => (&text[..at], Some(text[at + 1..].to_owned())),
            None => (text, None),
        };
        let valid = is_name(name)
            && tag.as_deref().is_none_or(is_tag)
            && digest.as_deref().is_none_or(is_digest);
        if valid { Ok(Self { name: name.to_owned(), tag, digest }) } else { Err(InvalidImage) }
    }
}

fn is_name(name: &str) -> bool {
    let segment = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && segment.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-:".contains(&b))
    };
    let mut segments = name.split('/');
    let first = segments.next().unwrap_or_default();
    name.len() <= 255
        && segment(first)
        && segments.clone().all(|rest| segment(rest) && !rest.contains(':'))
        && (!first.contains(':') || segments.next().is_some())
        && !covibe_domain::images::may_be_of_host(name)
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_digest(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_apart_from_other_texts() {
        let digest = "0".repeat(64);
        for (text, name, tag, has_digest) in [
            ("nginx", "nginx", None, false),
            ("nginx:alpine", "nginx", Some("alpine"), false),
            ("ghcr.io/o/r:v1.2", "ghcr.io/o/r", Some("v1.2"), false),
            ("localhost:5000/a/b", "localhost:5000/a/b", None, false),
            (&format!("nginx@sha256:{digest}"), "nginx", None, true),
        ] {
            let image: Image = text.parse().unwrap();
            assert_eq!(
                (image.name.as_str(), image.tag.as_deref(), image.digest.is_some()),
                (name, tag, has_digest)
            );
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
            "3f9a",
            &format!("sha256:{digest}"),
            "l3mn0pq8r5st2uv7wx4yz1ab:build",
        ] {
            assert_eq!(bad.parse::<Image>(), Err(InvalidImage), "{bad}");
        }
    }

    #[test]
    fn a_digest_goes_with_the_name() {
        let text = format!("nginx@sha256:{}", "0".repeat(64));
        assert_eq!(text.parse::<Image>().unwrap().parts(), (text.clone(), None));
        assert_eq!("nginx".parse::<Image>().unwrap().parts(), ("nginx".to_owned(), Some("latest")));
        let (name, tag) = ("nginx@sha256".to_owned(), "0".repeat(64));
        assert_eq!(text.parse::<Image>().unwrap().columns(), (name, tag.as_str()));
        assert_eq!("nginx".parse::<Image>().unwrap().columns(), ("nginx".to_owned(), "latest"));
    }
}
