//! Work under claims, whose preconditions must not change until it is done.

use covibe_domain::{Failure, Kind};

use crate::journal::{ClaimKind, log_unrecorded};
use crate::workspace::Workspace;

/// Runs `act` while no other call of the workspace assigns one of these hosts: a host that it finds
/// free is still free when it assigns it.
pub fn with_hosts_claimed<T>(
    cx: &Workspace,
    hosts: &[String],
    act: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    with_claims(cx, ClaimKind::Hosts, hosts.to_vec(), act)
}

/// Runs `act` while no other call of the workspace commits to this branch of a repository: what it has
/// seen of the branch is still so when it commits, unless somebody pushes at that moment.
pub fn with_branch_claimed<T>(
    cx: &Workspace,
    repository: &str,
    branch: &str,
    act: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    // Gitea ignores the case of repositories' names, and git that of branches does not.
    let name = format!("{}:{branch}", repository.to_ascii_lowercase());
    with_claims(cx, ClaimKind::Branches, vec![name], act)
}

fn with_claims<T>(
    cx: &Workspace,
    claimed: ClaimKind,
    names: Vec<String>,
    act: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    // Boxed because the future is large.
    let act = Box::pin(act);
    async move {
        if names.is_empty() {
            return act.await;
        }
        let journal = cx.journal();
        let claims = journal.claim(claimed, &names, cx.deadline()).await?;
        let done = act.await;
        let is_late = done.as_ref().is_err_and(|it| it.is_in_doubt() && it.kind == Kind::Timeout);
        log_unrecorded(journal.release_claims(&claims, is_late).await);
        done
    }
}
