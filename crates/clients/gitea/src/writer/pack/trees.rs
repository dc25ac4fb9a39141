//! The trees of a commit: those of the folders that change, anew.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{Kind, Pack};
use super::parent_commit::{Base, Unnameable};
use crate::FileChange;

/// The mode of a folder, as git writes it.
const FOLDER: &str = "40000";

/// The modes of files.
const PLAIN: &str = "100644";
const EXECUTABLE: &str = "100755";

/// The entries of a folder, by names: modes and hashes.
type Folder<'a> = BTreeMap<&'a str, (&'a str, String)>;

/// Adds the changed contents and the folders on the way to them to a pack, and returns the hash of the new
/// tree.
pub(super) fn root<'a>(
    pack: &mut Pack<'_>,
    base: &'a Base,
    changes: &'a [FileChange],
) -> Result<String, Unnameable> {
    let mut folders = Changed::new(base, changes);
    folders.check(pack, base)?;
    for change in changes {
        folders.apply(pack, change);
    }
    Ok(folders.write(pack))
}

/// The folders that change, by their paths. That of the root is empty.
struct Changed<'a>(BTreeMap<&'a str, Folder<'a>>);

impl<'a> Changed<'a> {
    fn new(base: &'a Base, changes: &'a [FileChange]) -> Self {
        let paths: BTreeSet<_> =
            changes.iter().flat_map(FileChange::paths).flat_map(folders).collect();
        let mut folders: BTreeMap<_, _> =
            paths.into_iter().map(|path| (path, Folder::new())).collect();
        for entry in &*base.entries {
            let (folder, name) = parent(&entry.path);
            if let Some(folder) = folders.get_mut(folder) {
                let mode = entry.mode.trim_start_matches('0');
                folder.insert(name, (mode, entry.hash.clone()));
            }
        }
        Self(folders)
    }

    /// Checks by their hashes that the folders have the entries of Gitea's answer.
    fn check(&self, pack: &Pack<'_>, base: &Base) -> Result<(), Unnameable> {
        for (path, folder) in &self.0 {
            let known = match parent(path) {
                _ if path.is_empty() => base.commit.as_ref().map(|_| base.tree.as_str()),
                (above, name) => {
                    let there = self.0.get(above).and_then(|above| above.get(name));
                    there.map(|(_, hash)| hash.as_str())
                }
            };
            if known.is_some_and(|known| known != pack.tree_hash(&encode_tree(folder))) {
                return Err(Unnameable);
            }
        }
        Ok(())
    }

    fn apply(&mut self, pack: &mut Pack<'_>, change: &'a FileChange) {
        match change {
            FileChange::Create { path, content, executable } => {
                self.put(path, mode(*executable), pack.add(Kind::Blob, content));
            }
            FileChange::Update { path, from, content, executable, .. } => {
                let before: &'a str = self.remove_file(from).map_or(PLAIN, |(mode, _)| mode);
                let after: &'a str = match executable {
                    Some(executable) => mode(*executable),
                    None => before,
                };
                self.put(path, after, pack.add(Kind::Blob, content));
            }
            FileChange::Delete { path, .. } => drop(self.remove_file(path)),
        }
    }

    fn put(&mut self, path: &'a str, mode: &'a str, hash: String) {
        let (folder, name) = parent(path);
        self.0.entry(folder).or_default().insert(name, (mode, hash));
    }

    fn remove_file(&mut self, path: &str) -> Option<(&'a str, String)> {
        let (folder, name) = parent(path);
        self.0.get_mut(folder)?.remove(name)
    }

    /// Adds the folders to a pack, those inside first, and returns the hash of the root. git has no empty
    /// folders, except for the root.
    fn write(mut self, pack: &mut Pack<'_>) -> String {
        while let Some((path, folder)) = self.0.pop_last() {
            if path.is_empty() {
                return pack.add(Kind::Tree, encode_tree(&folder));
            }
            if folder.is_empty() {
                self.remove_file(path);
            } else {
                let hash = pack.add(Kind::Tree, encode_tree(&folder));
                self.put(path, FOLDER, hash);
            }
        }
        pack.add(Kind::Tree, b"")
    }
}

const fn mode(is_executable: bool) -> &'static str {
    if is_executable { EXECUTABLE } else { PLAIN }
}

/// Returns the folder of a path, and the name in it.
fn parent(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Returns the paths of all folders on the way to a file; the root's is empty.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.match_indices('/').map(|(at, _)| &path[..at]);
    std::iter::once("").chain(inner)
}

/// Returns the object of a folder. git sorts folders as if their names ended with a slash.
fn encode_tree(folder: &Folder<'_>) -> Vec<u8> {
    let key = |name: &str, mode: &str| match mode {
        FOLDER => format!("{name}/"),
        _ => name.to_owned(),
    };
    let mut sorted: Vec<_> = folder.iter().collect();
    sorted.sort_by_cached_key(|(name, (mode, _))| key(name, mode));
    let mut bytes = Vec::new();
    for (name, (mode, hash)) in sorted {
        bytes.extend(format!("{mode} {name}\0").bytes());
        bytes.extend(hex::decode(hash).unwrap_or_default());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::tests::base;
    use super::*;
    use crate::TreeEntry;

    const BLOB: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

    fn entry(path: &str, mode: &str, hash: &str) -> TreeEntry {
        let (path, mode, hash) = (path.to_owned(), mode.to_owned(), hash.to_owned());
        TreeEntry { path, mode, hash, size: None }
    }

    /// Returns the hash of the tree that `changes` make of these entries, which are in a tree of
    /// this hash.
    fn tree_hash_after(
        tree: &str,
        entries: &[TreeEntry],
        changes: &[FileChange],
    ) -> Result<String, Unnameable> {
        let commit = Some(BLOB).filter(|_| !tree.is_empty());
        root(&mut Pack::new(BLOB), &base(commit, tree, entries), changes)
    }

    fn create(path: &str, executable: bool) -> FileChange {
        let content = b"hello\n".as_slice().into();
        FileChange::Create { path: path.to_owned(), content, executable }
    }

    fn delete(path: &str) -> FileChange {
        FileChange::Delete { path: path.to_owned(), hash: BLOB.to_owned() }
    }

    // The hashes are those of `git write-tree` with the same files, each of which says "hello".
    const FIRST: &str = "11d06cb9a5a93cde8798bb918039201a5318cbf2";
    const WITHOUT: &str = "c4c239b3a0d21d2390affc094ff5b74f364fae07";

    #[test]
    fn tree_hashes_equal_those_of_git() {
        let changes = [create("a.sh", true), create("a/b", false), create("a-c", false)];
        assert_eq!(tree_hash_after("", &[], &changes).as_deref(), Ok(FIRST));
    }

    #[test]
    fn emptied_folders_are_removed_and_moved_files_keep_their_mode() {
        let entries = [
            entry("a-c", "100644", BLOB),
            entry("a.sh", "100755", BLOB),
            entry("a", "040000", "f09792be40f18f537c28b624b7bc7771f25082e1"),
            entry("a/b", "100644", BLOB),
        ];
        let deleted = [delete("a/b")];
        assert_eq!(tree_hash_after(FIRST, &entries, &deleted).as_deref(), Ok(WITHOUT));
        let shift = |path: &str, from: &str, executable| FileChange::Update {
            path: path.to_owned(),
            from: from.to_owned(),
            content: b"hello\n".as_slice().into(),
            hash: BLOB.to_owned(),
            executable,
        };
        let back = [shift("a.sh", "a.sh", None), create("d", false)];
        let gone = [delete("d")];
        assert!(tree_hash_after(FIRST, &entries, &back).is_ok());
        assert!(tree_hash_after(FIRST, &entries, &gone).is_ok());
        let swapped = [shift("a/x", "a.sh", None)];
        let kept = tree_hash_after(FIRST, &entries, &swapped);
        assert_eq!(kept, tree_hash_after(FIRST, &entries, &[shift("a/x", "a.sh", Some(true))]));
        assert_ne!(kept, tree_hash_after(FIRST, &entries, &[shift("a/x", "a.sh", Some(false))]));
    }

    #[test]
    fn a_file_name_that_is_not_utf8_is_refused() {
        let entries = [entry("\u{fffd}", "100644", BLOB)];
        assert_eq!(tree_hash_after(FIRST, &entries, &[create("x", true)]), Err(Unnameable));
    }
}
