//! Tags, and the trees that references lead to.

use super::bare_repository::{BareRepository, run};
use super::safe_git_names;
use super::tree::TreeEntry;
use crate::core::request_types::Reply;

impl BareRepository {
    /// Returns the commit of a tag.
    pub(crate) fn tagged(&self, name: &str) -> Result<Option<String>, Reply> {
        if !safe_git_names::is_branch(name) {
            return Ok(None);
        }
        self.resolve_revision(&format!("refs/tags/{name}^{{commit}}"))
    }

    /// Creates a tag and returns whether there was none with that name.
    pub(crate) fn create_tag(&self, name: &str, commit: &str) -> Result<bool, Reply> {
        let reference = format!("refs/tags/{name}");
        let nothing = "0".repeat(40);
        let mut command = self.command(["update-ref", &reference, commit, &nothing]);
        Ok(run(&mut command, b"")?.status.success())
    }

    /// Deletes a tag.
    pub(crate) fn delete_tag(&self, name: &str) -> Result<(), Reply> {
        self.read(["update-ref", "-d", &format!("refs/tags/{name}")]).map(drop)
    }

    /// Returns the tree of a whole hash, or of what git resolves: a tag, which wins over a branch of
    /// its name, or an expression.
    pub(crate) fn tree_of(&self, name: &str) -> Result<Option<String>, Reply> {
        let found =
            if name.len() == 40 { Some(name.to_owned()) } else { self.resolve_revision(name)? };
        let Some(hash) = found.filter(|hash| safe_git_names::is_hash(hash)) else {
            return Ok(None);
        };
        let kind = self.line_of_object(&hash, &["cat-file", "-t", &hash])?;
        match kind.as_deref() {
            Some("tree") => Ok(Some(hash)),
            Some("commit") => self.last_tree(&hash).map(Some),
            Some("tag") => self.resolve_revision(&format!("{hash}^{{tree}}")),
            _ => Ok(None),
        }
    }

    /// Returns the last `tree` of a commit's header, which is the one that Gitea takes; git takes the
    /// first.
    fn last_tree(&self, commit: &str) -> Result<String, Reply> {
        let object = self.read_object(commit, &["cat-file", "commit", commit])?;
        let text = String::from_utf8_lossy(&object);
        let header = text.lines().take_while(|line| !line.is_empty());
        let last = header.filter_map(|line| line.strip_prefix("tree ")).last();
        Ok(last.unwrap_or_default().to_owned())
    }

    /// Returns the entries of a tree, with those of its folders if it is read to the bottom.
    pub(crate) fn whole_tree(&self, tree: &str, is_deep: bool) -> Result<Vec<TreeEntry>, Reply> {
        let mut arguments = vec!["ls-tree", "-z", "-l", "--full-tree"];
        if is_deep {
            arguments.extend(["-r", "-t"]);
        }
        arguments.push(tree);
        let output = self.read_object(tree, &arguments)?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split('\0').filter_map(TreeEntry::parse).collect())
    }

    /// Returns the size of a blob in bytes; `None` if it does not exist.
    pub(crate) fn blob_size(&self, hash: &str) -> Result<Option<i64>, Reply> {
        let ask = |what: &str| self.line_of_object(hash, &["cat-file", what, hash]);
        if ask("-t")?.as_deref() != Some("blob") {
            return Ok(None);
        }
        Ok(ask("-s")?.and_then(|text| text.parse().ok()))
    }

    fn resolve_revision(&self, revision: &str) -> Result<Option<String>, Reply> {
        self.line(["rev-parse", "--verify", "--quiet", "--end-of-options", revision])
    }
}
