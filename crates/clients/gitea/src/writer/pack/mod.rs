//! Commits that are pushed as a pack, by git's own protocol: Gitea's API makes no file executable.

mod objects;
mod parent_commit;
mod push_report;
mod trees;

use covibe_domain::{Timestamp, boxed};

use self::objects::{Kind, Pack};
pub use self::parent_commit::{Base, Unnameable};
use self::push_report::outcome;
use self::trees::root;
use super::{Committed, NewCommit, Writer};
use crate::client::basic;
use crate::{Effect, Error};

/// The path that git pushes to (gitprotocol-http).
const PATH: &str = "/{owner}/{repo}/git-receive-pack";

/// The media type of a push.
const PUSH: &str = "application/x-git-receive-pack-request";

/// The digits of a hash of git's newer object format.
const LONG: usize = 64;

/// A commit in a pack.
#[derive(Debug)]
pub struct Packed {
    commit: Committed,
    request: Vec<u8>,
}

impl Packed {
    /// Makes the objects of a commit. This only computes, and takes long enough to need a thread of its own.
    ///
    /// # Errors
    ///
    /// A folder that changes has names that are not UTF-8.
    pub fn new(new: &NewCommit, base: &Base) -> Result<Self, Unnameable> {
        let mut pack = Pack::new(base.sibling());
        let tree = root(&mut pack, base, &new.files)?;
        let hash = pack.add(Kind::Commit, commit(&tree, &new.message, base).into_bytes());
        let request = request(&hash, &new.branch, base, &pack.bytes());
        let parents = base.commit.clone().into_iter().collect();
        Ok(Self { commit: Committed { hash, parents }, request })
    }
}

/// Returns the object of a commit.
fn commit(tree: &str, message: &str, base: &Base) -> String {
    let seconds = Timestamp::now().as_millis() / 1_000;
    let who = format!("{} <{}> {seconds} +0000", base.name, base.email);
    let parent = base.commit.as_ref().map(|parent| format!("parent {parent}\n"));
    let parent = parent.unwrap_or_default();
    format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{}\n", message.trim())
}

/// Returns the body of a push: the command, which git carries out only if the branch is at the parent, and the
/// pack (gitprotocol-pack).
fn request(hash: &str, branch: &str, base: &Base, pack: &[u8]) -> Vec<u8> {
    let none = "0".repeat(hash.len());
    let old = base.commit.as_ref().unwrap_or(&none);
    let format = if hash.len() == LONG { "sha256" } else { "sha1" };
    let line = format!(
        "{old} {hash} refs/heads/{branch}\0 report-status object-format={format} agent=co-vibe\n"
    );
    let mut request = format!("{:04x}{line}0000", line.len() + 4).into_bytes();
    request.extend(pack);
    request
}

impl Writer<'_> {
    /// Pushes a commit as this user. A branch that is no longer at its parent is a conflict, and a
    /// protected one is unauthorized. It is never sent twice.
    ///
    /// References show the commit at once; for what follows a push late, see [`crate::Reader::reference`].
    #[boxed]
    pub async fn push(&self, org: &str, repo: &str, packed: Packed) -> Result<Committed, Error> {
        let Packed { commit, request } = packed;
        let name = format!("{repo}.git");
        let post = self.client.pages.post(PATH).segment(org).segment(name).bytes(PUSH, request);
        let answer = post.authorization(&basic("token", self.token.expose())).send().await?;
        let error = answer.malformed();
        match answer.parse_with(outcome)? {
            Ok(()) => Ok(commit),
            Err(cause) => Err(Error { cause, effect: Effect::None, ..error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Read as _;
    use std::sync::Arc;

    use flate2::bufread::ZlibDecoder;

    use super::*;
    use crate::reader::object_hash;
    use crate::{FileChange, TreeEntry};

    /// Returns a parent with this commit, the hash of its tree and the entries of that.
    pub(super) fn base(commit: Option<&str>, tree: &str, entries: &[TreeEntry]) -> Base {
        let (commit, tree, entries) = (commit.map(str::to_owned), tree.to_owned(), entries.into());
        Base { commit, tree, entries, name: "bot".to_owned(), email: "b@c.d".to_owned() }
    }

    /// Returns the hashes of the objects of a pack with SHA-1, in their order, and the number of objects in its header.
    fn objects_of_pack(pack: &[u8]) -> (Vec<String>, u32) {
        let (head, rest) = pack.split_at(12);
        let count = u32::from_be_bytes(head[8..].try_into().unwrap());
        let (mut rest, mut hashes) = (&rest[..rest.len() - 20], Vec::new());
        while let Some(first) = rest.first() {
            let kind = ["", "commit", "tree", "blob"][usize::from((*first >> 4) & 7)];
            let header = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
            let (mut decoder, mut content) = (ZlibDecoder::new(&rest[header..]), Vec::new());
            decoder.read_to_end(&mut content).unwrap();
            let length = usize::try_from(decoder.total_in()).unwrap();
            hashes.push(object_hash(kind, &content, ""));
            rest = &rest[header + length..];
        }
        (hashes, count)
    }

    #[test]
    fn a_pack_of_two_thousand_folders_contains_each_object_once() {
        let folders = |file: u32| (0..10).map(move |depth| format!("{file}-{depth}/"));
        let paths = (0..200).map(|file| folders(file).collect::<String>() + "x");
        let content: Arc<[u8]> = b"same".as_slice().into();
        let change = |path| {
            let content = Arc::clone(&content);
            FileChange::Create { path, content, executable: true }
        };
        let files = paths.map(change).collect();
        let new = NewCommit { branch: "main".to_owned(), message: "x".to_owned(), files };
        let packed = Packed::new(&new, &base(None, "", &[])).unwrap();
        let start = packed.request.windows(4).position(|bytes| bytes == b"PACK").unwrap();
        let (hashes, count) = objects_of_pack(&packed.request[start..]);
        // The contents are equal, and so are the innermost folders. The root and the commit come on top.
        assert_eq!(hashes.len(), 1 + 1 + 200 * 9 + 1 + 1);
        assert_eq!(usize::try_from(count), Ok(hashes.len()));
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
        assert_eq!(hashes.last(), Some(&packed.commit.hash));
    }

    #[test]
    fn a_push_command_contains_the_branch_and_its_old_and_new_commit() {
        let (old, new) = ("1".repeat(40), "2".repeat(40));
        let text = |commit: Option<&str>, new: &str| {
            String::from_utf8(request(new, "a/b", &base(commit, "", &[]), b"P"))
        };
        let first = text(None, &new).unwrap();
        assert_eq!(&first[..4], format!("{:04x}", first.len() - 5));
        assert!(first[4..].starts_with(&format!("{} {new} refs/heads/a/b\0", "0".repeat(40))));
        assert!(first.ends_with("\n0000P") && first.contains(" object-format=sha1 "));
        assert!(text(Some(&old), &new).unwrap()[4..].starts_with(&format!("{old} {new} ")));
        let long = "3".repeat(64);
        assert!(text(Some(&long), &long).unwrap().contains(" object-format=sha256 "));
    }

    #[test]
    fn a_commit_is_written_with_its_parent_and_a_trimmed_message() {
        let made = commit("t", " Add a page\n\n", &base(Some("c"), "t", &[]));
        assert!(made.starts_with("tree t\nparent c\nauthor bot <b@c.d> "), "{made}");
        assert!(made.ends_with(" +0000\n\nAdd a page\n"), "{made}");
        let first = commit("t", "x", &base(None, "t", &[]));
        assert!(first.starts_with("tree t\nauthor "), "{first}");
    }
}
