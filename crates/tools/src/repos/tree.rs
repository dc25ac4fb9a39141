//! `repos.tree`.

use covibe_domain::Failure;
use covibe_gitea::TreeEntry;
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_repository::Mode;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::missing_paths;
use super::files::MAX_PATH;
use super::named_repository::{MAX_REFERENCE, MAX_REPOSITORY, find};
use crate::resource_names::{REPOSITORY, whole};

/// List the files of a repository.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListTree {
    /// The repository's name, such as `shop`.
    #[schemars(length(min = 1, max = MAX_REPOSITORY))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: String,
    /// A branch or full commit hash. Default: the default branch.
    #[serde(default, rename = "ref")]
    #[schemars(length(min = 1, max = MAX_REFERENCE))]
    #[schemars(example = &"main")]
    reference: Option<String>,
    /// Only files below this folder, such as `src`.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_PATH))]
    #[schemars(example = &"src")]
    path: Option<String>,
    /// `next` from the previous answer, to get the following page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 4096))]
    #[schemars(example = &"src/main.rs")]
    next: Option<String>,
}

/// The files of a commit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tree {
    /// The repository.
    #[schemars(example = &"shop")]
    repo: String,
    /// The branch, unless the call named a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"main")]
    branch: Option<String>,
    /// The commit; pass it as `base` to repos.commit.
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    commit: String,
    /// The files, sorted by path. Folders are part of the paths.
    files: Vec<TreeFile>,
    /// Pass as `next`, with `commit` as `ref`, to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"src/main.rs")]
    next: Option<String>,
    /// The number of entries of a large repository that no page lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 20_000)]
    left_out: Option<usize>,
}

/// A file of a commit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TreeFile {
    /// The path from the root.
    #[schemars(example = &"src/main.rs")]
    path: String,
    /// `link` or `submodule`; absent for a file.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"link")]
    kind: Option<&'static str>,
    /// The size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 120)]
    size: Option<u64>,
}

impl Operation<Workspace> for ListTree {
    const SPEC: Spec = Spec::read("repos.tree", Route::get("/repos/{repo}/tree"));

    type Output = Tree;

    async fn run(self, cx: &Workspace) -> Result<Tree, Failure> {
        let gitea = cx.gitea().await?;
        let repo = find(&gitea, &self.repo).await?;
        let at = gitea.commit_at(&repo, self.reference.as_deref()).await?;
        let tree = gitea.tree(&repo, &at.commit).await?;
        let folder = self.path.as_deref().map(|path| path.trim_matches('/')).unwrap_or_default();
        let folder = if folder == "." { "" } else { folder };
        if !folder.is_empty() && tree.is_whole() && !tree.entries.iter().any(|e| is_in(e, folder)) {
            let known: Vec<_> = tree.entries.iter().map(|entry| entry.path.as_str()).collect();
            return Err(missing_paths(&[folder.to_owned()], &known));
        }
        let left_out = (!tree.is_whole()).then(|| tree.total - tree.entries.len());
        let listed = tree.entries.iter().filter(|entry| is_in(entry, folder));
        let listed = listed.filter_map(tree_file).collect();
        let (files, next) = page(listed, self.next.as_deref(), |file| file.path.clone())?;
        let (branch, commit) = (at.branch, at.commit);
        Ok(Tree { repo: repo.name.clone(), branch, commit, files, next, left_out })
    }
}

/// Returns whether an entry is a folder, or in it; the root is the empty path.
fn is_in(entry: &TreeEntry, folder: &str) -> bool {
    let Some(rest) = entry.path.strip_prefix(folder) else { return false };
    folder.is_empty() || rest.is_empty() || rest.starts_with('/')
}

fn tree_file(entry: &TreeEntry) -> Option<TreeFile> {
    let (kind, size) = match Mode::parse(&entry.mode) {
        Mode::Folder => return None,
        Mode::Link => (Some("link"), None),
        Mode::Submodule => (Some("submodule"), None),
        Mode::File | Mode::Other => (None, entry.size),
    };
    Some(TreeFile { path: entry.path.clone(), kind, size })
}
