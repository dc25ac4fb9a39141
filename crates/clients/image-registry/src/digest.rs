//! Digests of contents (OCI image spec 1.1, "Digests").

use covibe_domain::image::ImageReference;
use sha2::{Digest as _, Sha256};

/// The algorithm that registries use. Docker (29) accepts no other one in a reference.
const PREFIX: &str = "sha256:";

/// The SHA-256 digest of a content, as `sha256:` and 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// Reads a digest. One of another algorithm is not accepted.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (digits.len() == 64 && digits.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the digest in a reference.
    pub(crate) fn from_reference(image: &ImageReference) -> Option<Self> {
        image.digest().map(|digits| Self(format!("{PREFIX}{digits}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a content has this digest.
    pub(crate) fn matches(&self, content: &[u8]) -> bool {
        self.0.strip_prefix(PREFIX) == Some(&*hex::encode(Sha256::digest(content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_matches_its_own_digest_only() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest = Digest::parse(empty).unwrap();
        assert!(digest.matches(b"") && !digest.matches(b"x"));
        let upper = empty.to_uppercase();
        for bad in ["", "sha256:", "sha256:../../x", &empty[..70], &empty[7..], &upper] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }
}
