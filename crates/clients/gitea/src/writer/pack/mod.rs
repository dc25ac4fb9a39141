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
    /// Makes the objects of a commit.
    ///
    /// # Errors
    ///
    /// A folder that changes has names that are not UTF-8.
    pub fn new(new: NewCommit<'_>, base: Base<'_>) -> Result<Self, Unnameable> {
        let mut pack = Pack::new(base.sibling());
        let tree = root(&mut pack, &base, new.files)?;
        let hash = pack.add(Kind::Commit, commit(&tree, new.message, &base).into_bytes());
        let request = request(&hash, new.branch, &base, &pack.bytes());
        let parents = base.commit.map(str::to_owned).into_iter().collect();
        Ok(Self { commit: Committed { hash, parents }, request })
    }
}

/// Returns the object of a commit.
fn commit(tree: &str, message: &str, base: &Base<'_>) -> String {
    let seconds = Timestamp::now().as_millis() / 1_000;
    let who = format!("{} <{}> {seconds} +0000", base.name, base.email);
    let parent = base.commit.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
    format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{}\n", message.trim())
}

/// Returns the body of a push: the command, which git carries out only if the branch is at the parent, and the
/// pack (gitprotocol-pack).
fn request(hash: &str, branch: &str, base: &Base<'_>, pack: &[u8]) -> Vec<u8> {
    let none = "0".repeat(hash.len());
    let old = base.commit.unwrap_or(&none);
    let format = if hash.len() == LONG { "sha256" } else { "sha1" };
    let line = format!(
        "{old} {hash} refs/heads/{branch}\0 report-status object-format={format} agent=co-vibe\n"
    );
    let mut request = format!("{:04x}{line}0000", line.len() + 4).into_bytes();
    request.extend(pack);
    request
}

impl Writer<'_> {
    /// Pushes a commit as this user. A branch that is not at its parent any more is a conflict, and a
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
    use super::*;
    use crate::TreeEntry;

    #[test]
    fn a_push_command_contains_the_branch_and_its_old_and_new_commit() {
        let entries: [TreeEntry; 0] = [];
        let base = |commit| Base { commit, tree: "", entries: &entries, name: "b", email: "b@c.d" };
        let (old, new) = ("1".repeat(40), "2".repeat(40));
        let text = |commit, new: &str| String::from_utf8(request(new, "a/b", &base(commit), b"P"));
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
        let base = Base { commit: Some("c"), tree: "t", entries: &[], name: "bot", email: "b@c.d" };
        let made = commit("t", " Add a page\n\n", &base);
        assert!(made.starts_with("tree t\nparent c\nauthor bot <b@c.d> "), "{made}");
        assert!(made.ends_with(" +0000\n\nAdd a page\n"), "{made}");
        let first = commit("t", "x", &Base { commit: None, ..base });
        assert!(first.starts_with("tree t\nauthor "), "{first}");
    }
}
