//! The settings of pushes.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use covibe_domain::{Failure, Secret};
use covibe_gitea::Client;
use tokio::sync::Mutex;

use super::git_directories::GitDirectories;
use super::git_process::Git;
use crate::environment_settings::Variables;
use crate::gitea::GiteaAccount;
use crate::protected_resources::Guard;
use crate::workspace::commands::Environment;
use crate::workspace::files::Root;

/// Folders in which git usually is, beside those of the search path.
const USUAL: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// Pushes, as far as they are set up.
#[derive(Clone, Debug)]
pub(in crate::workspace) struct Pushing(Option<Arc<Account>>);

/// The account that a push acts with.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) root: Root,
    /// The repository's directory where it was outside of the root at the start, as that of a linked worktree.
    pub(super) pinned: Option<GitDirectories>,
    pub(super) client: Client,
    pub(super) token: Secret,
    pub(super) username: String,
    pub(super) guard: Guard,
    pub(super) git: Option<Git>,
    pub(super) temporary: PathBuf,
    /// The only branch that pushes go to.
    pub(super) only_branch: Option<String>,
    /// Held during a push: two at once would commit the same files.
    pub(super) turn: Mutex<()>,
}

impl Pushing {
    /// Reads Gitea's three variables: all of them are set, or none. Returns `None` if a problem was noted.
    pub(in crate::workspace) fn read(
        variables: &mut Variables<'_>,
        root: Option<&Root>,
        guard: Guard,
        environment: &Environment,
    ) -> Option<Self> {
        if !GiteaAccount::is_set(variables) {
            return Some(Self(None));
        }
        let account = GiteaAccount::read(variables, "a user's Gitea token")?;
        let GiteaAccount { client, username, token } = account;
        let root = root?.clone();
        Some(Self(Some(Arc::new(Account {
            pinned: GitDirectories::read_linked_worktree(&root),
            root,
            client,
            token,
            username,
            guard,
            git: find_git(environment.value("PATH").unwrap_or_default()),
            temporary: environment.temporary().to_path_buf(),
            only_branch: variables.optional("WORKSPACE_PUSH_BRANCH"),
            turn: Mutex::default(),
        }))))
    }

    /// Returns the account that a push acts with.
    pub(super) fn account(&self) -> Result<&Account, Failure> {
        self.0.as_deref().ok_or_else(|| {
            Failure::unready("Pushes are not set up.")
                .hint("Nothing was changed. Ask a person to set GITEA_API_URL, GITEA_API_TOKEN and GITEA_USERNAME.")
        })
    }
}

/// Returns git, as the absolute folders of the search path and the usual ones have it: a relative one would be in the
/// repository.
fn find_git(path: &str) -> Option<Git> {
    let folders = env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut programs = folders.chain(USUAL.map(PathBuf::from)).map(|folder| folder.join("git"));
    Some(Git::new(programs.find(|program| program.is_file())?, path))
}
