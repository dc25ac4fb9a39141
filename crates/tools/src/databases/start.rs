//! Starting a database with its present settings, without waiting for it.

use covibe_coolify::Database;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, StartTurn, WaitingDeployment};

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
