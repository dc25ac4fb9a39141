//! The context with which the tools of this server act.

use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use covibe_domain::{Failure, Kind};
use tokio::process::Command;

use super::commands::{CommandOutcome, Environment, PrivateDirectory, run};
use super::files::Root;
use super::push::Pushing;
use super::search::StopConditions;
use crate::confinement::Confinement;
use crate::environment_settings::Variables;
use crate::protected_resources::Guard;

/// The context of the workspace server.
#[derive(Clone, Debug)]
pub struct WorkspaceContext {
    root: Root,
    environment: Environment,
    pushing: Pushing,
    is_strict: bool,
}

impl WorkspaceContext {
    /// Reads `WORKSPACE_ROOT`, an existing folder; `WORKSPACE_ENV`, the names of further variables of commands, separated by
    /// commas; `WORKSPACE_STRICT`, whose value `1` refuses commands that the kernel cannot confine;
    /// `WORKSPACE_PUSH_BRANCH`, the only branch that pushes go to; and for pushes Gitea's address, token and user name, and
    /// the protected repositories. None if a problem was noted.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let root = read_root(variables);
        let environment = Environment::read(variables);
        let guard = Guard::read(variables);
        let is_strict =
            variables.optional("WORKSPACE_STRICT").is_some_and(|value| value.trim() == "1");
        let pushing = Pushing::read(variables, root.as_ref(), guard, &environment);
        if !Confinement::is_supported() {
            variables.warning(if is_strict {
                "This kernel cannot confine commands: WORKSPACE_STRICT refuses them."
            } else {
                "This kernel cannot confine commands: they can read and write whatever this user can."
            });
        }
        Some(Self { root: root?, environment, pushing: pushing?, is_strict })
    }

    pub(super) fn root(&self) -> &Root {
        &self.root
    }

    pub(super) fn pushing(&self) -> &Pushing {
        &self.pushing
    }

    /// Runs work on files on a thread that may wait. It ends early when the caller is cancelled.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StopConditions) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let caller = CancelledOnDrop(Arc::new(AtomicBool::new(false)));
        let stop = StopConditions::new(Arc::clone(&caller.0));
        let outcome = tokio::task::spawn_blocking(move || work(&stop)).await;
        drop(caller);
        outcome.unwrap_or_else(|_| {
            Err(Failure::new(Kind::Unready, "The server stopped working on the files.")
                .hint("Check the files, then repeat the call."))
        })
    }

    /// Changes a file while no other call does.
    pub(super) async fn change_file<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Root) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (root, changes) =
            (self.root.clone(), Arc::clone(&self.root.changes).lock_owned().await);
        self.blocking(move |_| {
            // The lock ends with the change, also where the caller is cancelled.
            let _changes = changes;
            change(&root)
        })
        .await
    }

    /// Runs a command of the shell in a folder that is open as this descriptor.
    pub(super) async fn execute(
        &self,
        text: &str,
        folder: RawFd,
        time: Duration,
    ) -> Result<CommandOutcome, Failure> {
        permit_commands(self.is_strict, Confinement::is_supported())?;
        if text.contains('\0') {
            return Err(Failure::invalid("The command has a NUL character."));
        }
        let temporary = PrivateDirectory::create_in(self.environment.temporary())?;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(text);
        self.environment.set_on(&mut command, temporary.path());
        // By its descriptor, so that nothing can be put in its place meanwhile.
        let here = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
        command.current_dir(Path::new(here).join(folder.to_string()));
        let confinement = Confinement::writing_below(self.root.path(), temporary.path());
        run(&confinement, command, time).await.map_err(|error| {
            tracing::warn!(%error, "a command could not be started");
            Failure::unready("The command could not be started.").hint("Nothing was run.")
        })
    }
}

/// Refuses commands that cannot be confined if that is wanted.
fn permit_commands(is_strict: bool, can_confine: bool) -> Result<(), Failure> {
    if !is_strict || can_confine {
        return Ok(());
    }
    Err(Failure::forbidden("Commands are refused: this kernel cannot confine them.")
        .hint("Nothing was run. WORKSPACE_STRICT=1 requires this; a person can change it."))
}

/// Tells work that its caller is gone.
struct CancelledOnDrop(Arc<AtomicBool>);

impl Drop for CancelledOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Opens the root: a folder that is neither the home directory nor one above it, because its secrets would be in it.
fn read_root(variables: &mut Variables<'_>) -> Option<Root> {
    const NAME: &str = "WORKSPACE_ROOT";
    let path =
        PathBuf::from(variables.required(NAME, "the absolute path of the workspace's folder"));
    if path.as_os_str().is_empty() {
        return None;
    }
    let root = if path.is_absolute() { Root::open(&path).ok() } else { None };
    let Some(root) = root else {
        variables
            .problem(format!("{NAME} must be the absolute path of a folder that can be opened."));
        return None;
    };
    let home_path =
        variables.optional("HOME").and_then(|home| PathBuf::from(home).canonicalize().ok());
    let holds_home = home_path.is_some_and(|path| path.starts_with(root.path()));
    if holds_home || root.path().parent().is_none() {
        variables.problem(format!(
            "{NAME} is the home directory, or a folder above it. Name a folder of one project."
        ));
        return None;
    }
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_refused_only_if_confinement_is_required_but_unavailable() {
        assert!(permit_commands(false, false).is_ok() && permit_commands(true, true).is_ok());
        assert_eq!(permit_commands(true, false).unwrap_err().kind, Kind::Forbidden);
    }
}
