//! From files to a commit that no reference has yet.

use std::path::{Path, PathBuf};

use covibe_domain::{Failure, boxed};

use super::repository::{Head, Repository};
use crate::confinement::Confinement;
use crate::workspace::bounded_texts::escape_to_one_line;
use crate::workspace::files::Inside;

/// The mode of a repository in a repository.
const GITLINK: &str = "160000";

/// A file that a commit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) mode: String,
    pub(super) old_mode: String,
    pub(super) object: String,
    pub(super) path: Vec<u8>,
}

/// A tree that is ready to be committed.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) tree: String,
    pub(super) changed: Vec<Changed>,
}

impl Repository {
    /// Stages these paths, or all files that are not ignored, and returns the tree; none if it is that of the head.
    ///
    /// With paths, an index of their own keeps out what else is staged.
    #[boxed]
    pub(super) async fn stage(
        &self,
        head: &Head,
        paths: &[Inside],
    ) -> Result<Option<Staged>, Failure> {
        self.refuse_submodules().await?;
        let index = if paths.is_empty() { self.index() } else { self.index_of_head(head).await? };
        self.add(&index, paths).await?;
        let message = "The files could not be staged: some may be in conflict.";
        let tree = self.work(&index).args(["write-tree"]).line(message).await?;
        let base = self.tree_of_head(head).await?;
        if tree == base {
            return Ok(None);
        }
        let changed = self.changed(&base, &tree).await?;
        self.refuse_unusual(&changed).await?;
        Ok(Some(Staged { tree, changed }))
    }

    /// Adds paths to an index, also their removal.
    pub(super) async fn add(&self, index: &Path, paths: &[Inside]) -> Result<(), Failure> {
        let call = self.work(index).args(["add", "--all", "--"]);
        let call = if paths.is_empty() {
            call.args(["."])
        } else {
            call.args(paths.iter().map(Inside::for_handle))
        };
        call.success("The files could not be staged: a path does not exist, or is ignored.")
            .await?;
        Ok(())
    }

    async fn index_of_head(&self, head: &Head) -> Result<PathBuf, Failure> {
        let index = self.folder.path().join("index");
        let tree = head.commit.as_deref().unwrap_or("--empty");
        self.work(&index)
            .args(["read-tree", tree])
            .success("The last commit cannot be read.")
            .await?;
        Ok(index)
    }

    async fn tree_of_head(&self, head: &Head) -> Result<String, Failure> {
        let call = self.work(&self.index());
        let call = match &head.commit {
            Some(commit) => call.args(["rev-parse", "--verify", &format!("{commit}^{{tree}}")]),
            // The empty tree.
            None => call.args(["hash-object", "-t", "tree", "-w", "--stdin"]),
        };
        call.line("The last commit cannot be read.").await
    }

    async fn changed(&self, base: &str, tree: &str) -> Result<Vec<Changed>, Failure> {
        let call = self.work(&self.index()).args([
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            "--no-abbrev",
        ]);
        let bytes = call.args([base, tree]).success("The changes cannot be read.").await?;
        Ok(parse_raw(&bytes))
    }

    /// Git looks into submodules when it stages, and runs what their configuration names.
    async fn refuse_submodules(&self) -> Result<(), Failure> {
        if Confinement::is_supported() {
            return Ok(());
        }
        let call = self.work(&self.index()).args(["ls-files", "--stage", "-z"]);
        let bytes = call.success("The index cannot be read.").await?;
        let has_some =
            bytes.split(|byte| *byte == 0).any(|entry| entry.starts_with(GITLINK.as_bytes()));
        if !has_some {
            return Ok(());
        }
        Err(Failure::forbidden(
            "The repository has submodules, and git cannot be confined on this machine.",
        )
        .hint("Nothing was changed. Let a person commit."))
    }

    /// Refuses repositories in the repository, and files that a filter such as that of Git LFS would have to change.
    async fn refuse_unusual(&self, changed: &[Changed]) -> Result<(), Failure> {
        let is_new_link = |it: &&Changed| it.mode == GITLINK && it.old_mode != GITLINK;
        if let Some(link) = changed.iter().find(is_new_link) {
            let path = escape_to_one_line(&*String::from_utf8_lossy(&link.path));
            return Err(Failure::rejected(format!("`{path}` is a separate git repository."))
                .hint("Nothing was committed. Move it away, remove its .git, or ignore it."));
        }
        let paths: Vec<&[u8]> = changed.iter().map(|it| it.path.as_slice()).collect();
        let call = self.work(&self.index()).args(["check-attr", "-z", "--stdin", "filter"]);
        let bytes = call.input(paths.join(&0)).success("The attributes cannot be read.").await?;
        let fields: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
        let filtered = |three: &&[&[u8]]| !matches!(three, [_, _, b"unspecified" | b"unset"]);
        if let Some([path, _, filter]) =
            fields.as_chunks::<3>().0.iter().map(<[_; 3]>::as_slice).find(filtered)
        {
            let (path, filter) = (String::from_utf8_lossy(path), String::from_utf8_lossy(filter));
            let message = format!(
                "`{}` needs the filter `{}`.",
                escape_to_one_line(&*path),
                escape_to_one_line(&*filter)
            );
            return Err(Failure::rejected(message)
                .hint("Nothing was committed. Filters such as Git LFS are not run here: let a person commit it."));
        }
        Ok(())
    }

    /// Makes a commit of a tree, which no reference has yet.
    #[boxed]
    pub(super) async fn commit(
        &self,
        tree: &str,
        head: &Head,
        message: &str,
    ) -> Result<String, Failure> {
        let mut call = self.work(&self.index()).args(["commit-tree", tree]);
        if let Some(parent) = &head.commit {
            call = call.args(["-p", parent]);
        }
        let call = call.args(["-F", "-"]).input(format!("{}\n", message.trim()));
        call.line("The commit could not be created.").await
    }
}

/// Reads `:mode mode object object status NUL path NUL`.
fn parse_raw(bytes: &[u8]) -> Vec<Changed> {
    let mut fields = bytes.split(|byte| *byte == 0);
    let mut changed = Vec::new();
    while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
        let meta = String::from_utf8_lossy(meta);
        let words: Vec<&str> = meta.trim_start_matches(':').split(' ').collect();
        if let [old_mode, mode, _, object, _] = words[..] {
            let (mode, old_mode) = (mode.to_owned(), old_mode.to_owned());
            changed.push(Changed {
                mode,
                old_mode,
                object: object.to_owned(),
                path: path.to_vec(),
            });
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_changes_are_parsed_with_any_path() {
        let bytes = b":100644 100755 aaaa bbbb M\0a b\nc\0:000000 160000 0000 cccc A\0sub\0";
        let changed = parse_raw(bytes);
        assert_eq!(changed[0].path, b"a b\nc");
        assert_eq!((changed[0].mode.as_str(), changed[1].mode.as_str()), ("100755", GITLINK));
        assert_eq!(changed[1].object, "cccc");
    }
}
