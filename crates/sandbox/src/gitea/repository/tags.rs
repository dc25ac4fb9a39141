//! Tags, and the trees that references lead to.

use super::bare::{BareRepository, run};
use super::names;
use super::tree::TreeEntry;
use crate::core::wire::Reply;

impl BareRepository {
    /// Returns the commit of a tag.
    pub(crate) fn tagged(&self, name: &str) -> Result<Option<String>, Reply> {
        if !names::is_branch(name) {
            return Ok(None);
        }
        self.resolved(&format!("refs/tags/{name}^{{commit}}"))
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

    /// Returns the tree of a hash, a tag or a branch; a tag wins over a branch of its name.
    pub(crate) fn tree_of(&self, name: &str) -> Result<Option<String>, Reply> {
        if !names::is_branch(name) {
            return Ok(None);
        }
        let prefixes: &[&str] =
            if names::is_hash(name) { &[""] } else { &["refs/tags/", "refs/heads/"] };
        for prefix in prefixes {
            if let Some(tree) = self.resolved(&format!("{prefix}{name}^{{tree}}"))? {
                return Ok(Some(tree));
            }
        }
        Ok(None)
    }

    /// Returns the entries of a tree, with those of its folders if it is read to the bottom.
    pub(crate) fn whole_tree(&self, tree: &str, is_deep: bool) -> Result<Vec<TreeEntry>, Reply> {
        let mut arguments = vec!["ls-tree", "-z", "-l", "--full-tree"];
        if is_deep {
            arguments.extend(["-r", "-t"]);
        }
        arguments.push(tree);
        let output = self.read(arguments)?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split('\0').filter_map(TreeEntry::parse).collect())
    }

    /// Returns the size of a blob in bytes; none where there is no such blob.
    pub(crate) fn blob_size(&self, hash: &str) -> Result<Option<i64>, Reply> {
        if self.line(["cat-file", "-t", hash])?.as_deref() != Some("blob") {
            return Ok(None);
        }
        Ok(self.line(["cat-file", "-s", hash])?.and_then(|text| text.parse().ok()))
    }

    fn resolved(&self, revision: &str) -> Result<Option<String>, Reply> {
        self.line(["rev-parse", "--verify", "--quiet", "--end-of-options", revision])
    }
}
