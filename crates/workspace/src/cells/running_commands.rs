//! The commands that a cell's workspaces run in their containers, and the limit on concurrent ones.

use std::time::Duration;

use covibe_domain::{
    Failure, KeyedPermit, KeyedPermits, KeyedSemaphore, Kind, SharedPermit, SharedPermits,
    TenantId, WorkspaceId,
};
use tokio::time::timeout;

/// The maximum number of commands of all tenants of a cell together. Each occupies one of the 8 sessions that calls have on
/// a docker host for as long as it runs; the others are left to logs and states, which take moments. A tenant runs half of
/// them at most, and has one more session at a time for its other calls.
const MAX_COMMANDS: usize = 6;

/// The maximum number of these that run without their clients, for up to an hour.
const MAX_DETACHED: usize = 4;

/// The time for which a command waits for others to end.
const WAIT: Duration = Duration::from_secs(20);

/// The state of a cell's commands.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    /// The commands that are running in containers.
    pub(crate) running: RunningCommands,
    /// The turns to search a whole log, which is a long command on a docker host.
    pub(crate) log_searches: KeyedSemaphore<TenantId>,
}

/// The running commands of a cell, by workspace and by tenant, and those without their clients by tenant.
#[derive(Debug)]
pub(crate) struct RunningCommands {
    by_workspace: KeyedPermits<WorkspaceId>,
    by_tenant: SharedPermits<TenantId>,
    detached: SharedPermits<TenantId>,
}

/// The permit to run one command, until it is dropped.
#[derive(Debug)]
pub struct ExecPermit {
    _of_workspace: KeyedPermit<WorkspaceId>,
    _of_tenant: SharedPermit<TenantId>,
}

/// The permit to run one command without its client, until it is dropped.
#[derive(Debug)]
pub(crate) struct DetachedPermit {
    _of_tenant: SharedPermit<TenantId>,
    _of_command: ExecPermit,
}

impl Default for RunningCommands {
    fn default() -> Self {
        Self {
            by_workspace: KeyedPermits::default(),
            by_tenant: SharedPermits::new(MAX_COMMANDS),
            detached: SharedPermits::new(MAX_DETACHED),
        }
    }
}

impl RunningCommands {
    /// Waits for a permit for one more command of a workspace, which may run `most` at once.
    pub(crate) async fn permit(
        &self,
        (tenant, workspace): (&TenantId, &WorkspaceId),
        most: usize,
    ) -> Result<ExecPermit, Failure> {
        let of_workspace = self.permit_of_workspace(workspace, most)?;
        let waiting = timeout(WAIT, self.by_tenant.acquire(Some(tenant)));
        let of_tenant = waiting.await.map_err(|_| too_many_commands())?;
        Ok(ExecPermit { _of_workspace: of_workspace, _of_tenant: of_tenant })
    }

    /// Returns a permit for one more command without its client, if one is free.
    pub(crate) fn detached_permit(
        &self,
        (tenant, workspace): (&TenantId, &WorkspaceId),
        most: usize,
    ) -> Result<DetachedPermit, Failure> {
        let of_workspace = self.permit_of_workspace(workspace, most)?;
        let detached = self.detached.take(Some(tenant)).ok_or_else(no_place)?;
        let of_tenant = self.by_tenant.take(Some(tenant)).ok_or_else(no_place)?;
        let of_command = ExecPermit { _of_workspace: of_workspace, _of_tenant: of_tenant };
        Ok(DetachedPermit { _of_tenant: detached, _of_command: of_command })
    }

    fn permit_of_workspace(
        &self,
        workspace: &WorkspaceId,
        most: usize,
    ) -> Result<KeyedPermit<WorkspaceId>, Failure> {
        let permit = self.by_workspace.take(workspace, |own, _| own < most);
        let message = || format!("{most} commands of the workspace are already running.");
        permit.ok_or_else(|| {
            Failure::new(Kind::Limited, message())
                .hint("Nothing was run. Repeat the call once one of them has ended.")
                .retry_after(Duration::from_secs(2))
        })
    }
}

/// The sessions for commands are taken.
fn too_many_commands() -> Failure {
    Failure::new(Kind::Limited, "Too many commands are running on the docker host.")
        .hint("Nothing was run. Repeat the call once one of them has ended.")
        .retry_after(Duration::from_secs(10))
}

/// The places for commands without clients are taken.
fn no_place() -> Failure {
    Failure::new(Kind::Limited, "There is no room for another detached command at the moment.")
        .hint("Nothing was run. Repeat the call without `detach`, or in a few minutes.")
        .retry_after(Duration::from_mins(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants<const N: usize>(names: [&str; N]) -> [TenantId; N] {
        names.map(|name| format!("ten_{name}").parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_workspace_runs_a_bounded_number_of_commands_at_once() {
        let running = RunningCommands::default();
        let [acme, beta] = tenants(["acme", "beta"]);
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = running.permit((&acme, &mark), 2).await.unwrap();
        let second = running.permit((&acme, &mark), 2).await.unwrap();
        let refused = running.permit((&acme, &mark), 2).await.unwrap_err();
        assert!(refused.message.contains("2 commands of the workspace"), "{refused:?}");
        let other = running.permit((&beta, &justine), 2).await;
        assert!(other.is_ok(), "another workspace's are its own");
        drop(first);
        assert!(running.permit((&acme, &mark), 2).await.is_ok());
        drop((second, other));
        assert!(running.by_workspace.is_empty(), "nothing is kept of a workspace that runs none");
        assert!(running.by_tenant.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn commands_of_a_tenants_workspaces_leave_sessions_to_other_tenants_and_wait_in_turn() {
        let running = RunningCommands::default();
        let [acme, beta, gamma] = tenants(["acme", "beta", "gamma"]);
        let [shop, site]: [WorkspaceId; 2] = ["ws_shop", "ws_site"].map(|id| id.parse().unwrap());
        let mut own = Vec::new();
        for workspace in [&shop, &shop, &site] {
            own.push(running.permit((&acme, workspace), 4).await.unwrap());
        }
        assert_eq!(running.permit((&acme, &site), 4).await.unwrap_err().kind, Kind::Limited);
        assert!(running.detached_permit((&acme, &site), 4).is_err());
        let _beta = running.permit((&beta, &shop), 4).await.unwrap();
        let _gamma = running.detached_permit((&gamma, &shop), 4).unwrap();
        assert!(running.permit((&beta, &shop), 4).await.is_err(), "two sessions are for others");
        let (waiting, ()) = tokio::join!(running.permit((&acme, &site), 4), async {
            tokio::time::sleep(WAIT / 2).await;
            own.truncate(1);
        });
        assert!(waiting.is_ok());
    }

    #[test]
    fn commands_without_clients_leave_sessions_to_others() {
        let running = RunningCommands::default();
        let workspace = "ws_mark".parse().unwrap();
        let ids = (0..=MAX_DETACHED).map(|number| format!("ten_number{number}").parse().unwrap());
        let permits: Vec<_> =
            ids.map(|tenant: TenantId| running.detached_permit((&tenant, &workspace), 9)).collect();
        let refused: Vec<_> = permits.iter().filter_map(|it| it.as_ref().err()).collect();
        assert_eq!(refused.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Limited]);
        drop(permits);
        assert!(running.by_workspace.is_empty() && running.detached.is_empty());
    }

    #[test]
    fn a_tenant_runs_a_second_command_without_its_client_only_while_half_of_the_places_are_free() {
        let running = RunningCommands::default();
        let [acme, beta] = tenants(["acme", "beta"]);
        let [shop, site]: [WorkspaceId; 2] = ["ws_shop", "ws_site"].map(|id| id.parse().unwrap());
        let first = running.detached_permit((&acme, &shop), 4).unwrap();
        let second = running.detached_permit((&acme, &site), 4).unwrap();
        assert!(running.detached_permit((&acme, &site), 4).is_err(), "by whichever workspace");
        let _other = running.detached_permit((&beta, &shop), 4).unwrap();
        assert!(running.detached_permit((&beta, &shop), 4).is_err());
        drop((first, second));
        assert!(running.detached_permit((&beta, &shop), 4).is_ok());
    }
}
