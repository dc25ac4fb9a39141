//! The hash by which git names a content.

use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// The digits of a hash in a repository of git's newer object format.
const LONG: usize = 64;

/// Returns the hash of the blob with this content, in a repository in which `sibling` is the hash of any
/// object: git hashes by SHA-1, or by SHA-256 where a repository was made so (gitformat-hash).
pub fn blob_hash(content: &[u8], sibling: &str) -> String {
    let algorithm: &'static Algorithm =
        if sibling.len() == LONG { &SHA256 } else { &SHA1_FOR_LEGACY_USE_ONLY };
    let mut hasher = Context::new(algorithm);
    hasher.update(format!("blob {}\0", content.len()).as_bytes());
    hasher.update(content);
    hex::encode(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_git() {
        // `git hash-object`, in repositories of both formats.
        let short = blob_hash(b"hello\n", &"0".repeat(40));
        assert_eq!(short, "ce013625030ba8dba906f756967f9e9ca394464a");
        let long = blob_hash(b"hello\n", &"0".repeat(64));
        assert_eq!(long, "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
    }
}
