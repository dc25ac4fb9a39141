//! Starting and restarting a database with its current settings.

use covibe_coolify::Database;
use covibe_domain::Failure;
use covibe_domain::entities::WaitingStart;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Hosted, StartTurn, WaitingDeployment, Workspace};

use crate::deployment_verdict::{Outcome, Witness, follow, unfollowed_warning};
use crate::queued_deployments::start_waits;

/// The result of a restart.
#[derive(Default)]
pub(super) struct RestartResult {
    /// The verdict, if the call waits.
    pub(super) outcome: Option<Outcome>,
    /// The restart, while it waits for a place.
    pub(super) deployment: Option<WaitingStart>,
    /// A fact that could not be found out.
    pub(super) warning: Option<String>,
}

/// Restarts a database, and waits for the verdict if the call `waits`. What happens after the request fails nothing.
///
/// # Errors
///
/// Whatever speaks against the request.
pub(super) async fn restart_database(
    cx: &Workspace,
    coolify: &Coolify,
    database: &Owned<Database>,
    waits: bool,
) -> Result<RestartResult, Failure> {
    if !waits {
        let waiting = start(coolify, database, true).await?;
        let deployment = waiting.as_ref().map(start_waits);
        return Ok(RestartResult { deployment, ..RestartResult::default() });
    }
    let witness = Witness::before_start(cx, coolify, Hosted::Database(database.clone())).await;
    let waiting = start(coolify, database, true).await?;
    Ok(match follow(cx, coolify, witness, waiting).await {
        Ok(followed) => {
            let (outcome, deployment) = followed.parts();
            RestartResult { outcome, deployment, warning: None }
        }
        Err(failure) => {
            let warning = Some(unfollowed_warning(&failure, "databases.get"));
            RestartResult { warning, ..RestartResult::default() }
        }
    })
}

/// Starts a database, or restarts it if it `runs`. Returns the start if it waits for a place.
pub(super) async fn start(
    coolify: &Coolify,
    database: &Owned<Database>,
    runs: bool,
) -> Result<Option<WaitingDeployment>, Failure> {
    match coolify.database_start(database).await? {
        StartTurn::Now(place) => {
            coolify.start_database(database, runs, place).await?;
            Ok(None)
        }
        StartTurn::Waits(waiting) => Ok(Some(waiting)),
    }
}
