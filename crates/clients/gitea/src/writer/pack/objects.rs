//! The objects of a pack (gitformat-pack): each whole, none as a difference to another.

use std::collections::HashSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::reader::{digest, object_hash};

/// A kind of an object, by its number in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

/// The objects that are sent.
pub(super) struct Pack<'a> {
    /// A hash of the repository's object format.
    sibling: &'a str,
    /// The hashes of the objects.
    hashes: HashSet<String>,
    /// The objects, in the form of the pack.
    objects: Vec<u8>,
    /// The encoder, which compresses one object after another: a new one allocates and clears 300 KB.
    encoder: ZlibEncoder<Vec<u8>>,
}

impl<'a> Pack<'a> {
    /// Returns an empty pack for the repository that has this hash.
    pub(super) fn new(sibling: &'a str) -> Self {
        let encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        Self { sibling, hashes: HashSet::new(), objects: Vec::new(), encoder }
    }

    /// Adds an object unless the pack has it, and returns its hash.
    pub(super) fn add(&mut self, kind: Kind, content: impl AsRef<[u8]>) -> String {
        let content = content.as_ref();
        let hash = object_hash(kind.as_str(), content, self.sibling);
        if self.hashes.insert(hash.clone()) {
            self.objects.extend(header(kind, content.len()));
            self.deflate(content);
        }
        hash
    }

    /// Appends a compressed content. It is written to memory, which does not fail.
    fn deflate(&mut self, content: &[u8]) {
        let written = self.encoder.write_all(content);
        let deflated = written.and_then(|()| self.encoder.reset(Vec::new()));
        debug_assert!(deflated.is_ok(), "memory takes everything");
        self.objects.extend(deflated.unwrap_or_default());
    }

    /// Returns the hash of a tree without adding it.
    pub(super) fn tree_hash(&self, content: &[u8]) -> String {
        object_hash(Kind::Tree.as_str(), content, self.sibling)
    }

    /// Returns the pack: version 2, the number of objects, the objects, and the digest of all that.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        let count = u32::try_from(self.hashes.len()).unwrap_or(u32::MAX);
        bytes.extend(count.to_be_bytes());
        bytes.extend(&self.objects);
        let digest = digest(&[&bytes], self.sibling);
        bytes.extend(digest.as_ref());
        bytes
    }
}

/// Returns the header of an object: its kind, and the length of its content. The first byte has
/// four bits of the length, and each further one seven.
fn header(kind: Kind, length: usize) -> Vec<u8> {
    let low = |bits: usize, count: u32| u8::try_from(bits & ((1 << count) - 1)).unwrap_or_default();
    let mut bytes = vec![((kind as u8) << 4) | low(length, 4)];
    let mut rest = length >> 4;
    while rest > 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push(low(rest, 7));
        rest >>= 7;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_headers_encode_kind_and_length() {
        assert_eq!(header(Kind::Blob, 0), [0x30]);
        assert_eq!(header(Kind::Commit, 15), [0x1f]);
        assert_eq!(header(Kind::Tree, 16), [0xa0, 0x01]);
        assert_eq!(header(Kind::Blob, 0x7ff), [0xbf, 0x7f]);
        assert_eq!(header(Kind::Blob, 0x800), [0xb0, 0x80, 0x01]);
    }

    #[test]
    fn a_packs_object_count_and_hashes_equal_those_of_git() {
        let sibling = "0".repeat(40);
        let mut pack = Pack::new(&sibling);
        assert_eq!(pack.add(Kind::Blob, b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(pack.add(Kind::Tree, b""), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        let bytes = pack.bytes();
        assert_eq!(&bytes[..12], b"PACK\0\0\0\x02\0\0\0\x02");
        let (all, end) = bytes.split_at(bytes.len() - 20);
        assert_eq!(digest(&[all], &sibling).as_ref(), end);
    }
}
