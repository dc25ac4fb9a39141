//! Work that requires hosts to stay free until it has assigned them.

use covibe_domain::{Failure, Kind};

use crate::journal::log_unrecorded;
use crate::workspace::Workspace;

/// Runs `act` while no other call of the workspace assigns one of these hosts: a host that it finds
/// free is still free when it assigns it.
pub fn with_hosts_claimed<T>(
    cx: &Workspace,
    hosts: &[String],
    act: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    // Boxed because the future is large.
    let act = Box::pin(act);
    async move {
        if hosts.is_empty() {
            return act.await;
        }
        let journal = cx.journal();
        let claims = journal.claim_hosts(hosts, cx.deadline()).await?;
        let done = act.await;
        let is_late = done.as_ref().is_err_and(|it| it.is_in_doubt() && it.kind == Kind::Timeout);
        log_unrecorded(journal.release_hosts(&claims, is_late).await);
        done
    }
}
