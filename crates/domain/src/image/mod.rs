//! References to container images.

mod image_name;
mod local_images;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

/// A text that is not an acceptable image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImage {
    /// It does not have the form of a reference.
    #[error(
        "not a valid image reference: expected [registry/]name[:tag][@sha256:digest], in lower case"
    )]
    Malformed,
    /// Docker may run what is on the host under this name: an image by its id, or another app's build.
    #[error("not an acceptable image reference: the name may refer to an image on the host")]
    Local,
}

/// `[registry[:port]/]name[:tag][@sha256:digest]`, where the name can't refer to an image that is only
/// on the host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageReference {
    name: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageReference {
    /// The regular expression that every reference matches as a whole: ECMA 262, ASCII only, without
    /// anchors. Parsing also limits the name to 255 characters, and refuses local names.
    pub const PATTERN: &str = concat!(
        r"(?:[a-z0-9](?:[a-z0-9._:-]*[a-z0-9])?(?:/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)+",
        r"|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)",
        r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
    );

    /// The tag that Docker implies where there is neither a tag nor a digest.
    pub const DEFAULT_TAG: &str = "latest";

    /// Returns the registry and the name, as written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the tag, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest's 64 hexadecimal digits without `sha256:`, if there is a digest.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Returns the last segment of the name: `app` of `ghcr.io/org/app:1`.
    pub fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Returns the name without the registry and the `library/` that Docker implies: `nginx` of
    /// `docker.io/library/nginx`.
    pub fn familiar_name(&self) -> &str {
        image_name::familiar_name(&self.name)
    }

    /// Returns the same reference with its registry written out: `docker.io/library/nginx:1` for
    /// `nginx:1`.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { name: image_name::canonical_name(&self.name), ..self.clone() }
    }

    /// Returns whether its registry has a public name and the usual port. Docker on a host that tenants
    /// share would ask any other address, such as `169.254.169.254` or `localhost:5000`.
    pub fn has_public_registry(&self) -> bool {
        let canonical = self.canonical();
        image_name::is_public(canonical.name.split('/').next().unwrap_or_default())
    }

    /// Returns whether both select one image under one name. If there is a digest, it decides, otherwise the tag, which
    /// is `latest` by default.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name && self.version() == other.version()
    }

    /// The digest or the tag, and which of them it is.
    fn version(&self) -> (bool, &str) {
        match &self.digest {
            Some(digest) => (true, digest),
            None => (false, self.tag().unwrap_or(Self::DEFAULT_TAG)),
        }
    }
}

impl FromStr for ImageReference {
    type Err = InvalidImage;

    fn from_str(text: &str) -> Result<Self, InvalidImage> {
        let (text, digest) = match text.split_once("@sha256:") {
            Some((text, digest)) => (text, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a registry's port.
        let (name, tag) = match text.rfind(':').filter(|at| !text[*at..].contains('/')) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if !image_name::is_name(name) || !tag.is_none_or(is_tag) || !digest.is_none_or(is_digest) {
            return Err(InvalidImage::Malformed);
        }
        if local_images::may_be_local(name) {
            return Err(InvalidImage::Local);
        }
        let (tag, digest) = (tag.map(str::to_owned), digest.map(str::to_owned));
        Ok(Self { name: name.to_owned(), tag, digest })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@sha256:{digest}"))
    }
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_digest(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
