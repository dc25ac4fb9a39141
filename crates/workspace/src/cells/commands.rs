//! The commands that a cell's workspaces run in their containers, and the limit on concurrent ones.

use std::time::Duration;

use covibe_domain::{Failure, KeyedPermit, KeyedPermits, Kind, TenantId, WorkspaceId};

use super::turns::Turns;

/// The maximum number of commands that run without their clients, of all workspaces of a cell together: each occupies one
/// of the 8 sessions that calls have on a docker host, for up to an hour.
const MAX_DETACHED: usize = 4;

/// The state of a cell's commands.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    /// The commands that are running in containers.
    pub(crate) running: RunningCommands,
    /// The turns to search a whole log, which is a long command on a docker host.
    pub(crate) log_searches: Turns<WorkspaceId>,
}

/// The running commands of a cell, by workspace and, of those without their clients, by tenant.
#[derive(Debug, Default)]
pub(crate) struct RunningCommands {
    by_workspace: KeyedPermits<WorkspaceId>,
    detached: KeyedPermits<TenantId>,
}

/// The permit to run one command, until it is dropped.
#[derive(Debug)]
pub struct ExecPermit {
    _of_workspace: KeyedPermit<WorkspaceId>,
}

/// The permit to run one command without its client, until it is dropped.
#[derive(Debug)]
pub(crate) struct DetachedPermit {
    _of_workspace: ExecPermit,
    _of_tenant: KeyedPermit<TenantId>,
}

impl RunningCommands {
    /// Returns a permit for one more command of a workspace, which may run `most` at once.
    pub(crate) fn permit(
        &self,
        workspace: &WorkspaceId,
        most: usize,
    ) -> Result<ExecPermit, Failure> {
        let permit = self.by_workspace.take(workspace, |own, _| own < most);
        let message = || format!("{most} commands of the workspace run at the same time already.");
        let refused = || {
            Failure::new(Kind::Limited, message())
                .hint("Nothing was run. Repeat the call when one of them has ended.")
                .retry_after(Duration::from_secs(2))
        };
        Ok(ExecPermit { _of_workspace: permit.ok_or_else(refused)? })
    }

    /// Returns a permit for one more command without its client. A tenant that runs one gets another only while half of
    /// the places are left for others.
    pub(crate) fn detached_permit(
        &self,
        (tenant, workspace): (&TenantId, &WorkspaceId),
        most: usize,
    ) -> Result<DetachedPermit, Failure> {
        let of_workspace = self.permit(workspace, most)?;
        let of_tenant = self.detached.take(tenant, |own, all| {
            let places = if own == 0 { MAX_DETACHED } else { MAX_DETACHED / 2 };
            all < places
        });
        let of_tenant = of_tenant.ok_or_else(no_place)?;
        Ok(DetachedPermit { _of_workspace: of_workspace, _of_tenant: of_tenant })
    }
}

/// The places for commands without clients are taken.
fn no_place() -> Failure {
    Failure::new(Kind::Limited, "No place for another detached command is free at the moment.")
        .hint("Nothing was run. Repeat the call without detach, or in a few minutes.")
        .retry_after(Duration::from_mins(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_runs_a_bounded_number_of_commands_at_once() {
        let running = RunningCommands::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let first = running.permit(&mark, 2).unwrap();
        let second = running.permit(&mark, 2).unwrap();
        assert_eq!(running.permit(&mark, 2).unwrap_err().kind, Kind::Limited);
        assert!(running.permit(&justine, 2).is_ok(), "another workspace's are its own");
        drop(first);
        assert!(running.permit(&mark, 2).is_ok());
        drop(second);
        assert!(running.by_workspace.is_empty(), "nothing is kept of a workspace that runs none");
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
        let [acme, beta]: [TenantId; 2] = ["ten_acme", "ten_beta"].map(|id| id.parse().unwrap());
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
