//! Starts databases by Coolify.

use covibe_coolify::Database;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Hosted, StartTurn};

use super::control_call::{Control, Turn};
use super::coolify_control::{ByCoolify, StartResult};
use crate::deployment_verdict::{self, Witness};

/// Starts databases by Coolify.
pub(crate) struct Databases;

impl ByCoolify for Databases {
    async fn start_again(&self, control: &Control<'_>, turn: Turn) -> Result<StartResult, Failure> {
        match control.resource {
            Hosted::Database(database) => restart_database(control, database, turn).await,
            Hosted::App(_) | Hosted::Provider(_) => {
                Err(Failure::invalid("The uuid does not belong to a database."))
            }
        }
    }
}

/// Starts a database with its current settings, and waits for the verdict.
pub(crate) async fn restart_database(
    control: &Control<'_>,
    database: &Owned<Database>,
    turn: Turn,
) -> Result<StartResult, Failure> {
    let Control { cx, coolify, .. } = control;
    let witness = Witness::before_start(cx, coolify, Hosted::Database(database.clone())).await;
    match coolify.database_start(database).await? {
        StartTurn::Now(place) => {
            coolify.start_database(database, true, place).await?;
            drop(turn);
        }
        StartTurn::Waits(waiting) => {
            drop(turn);
            if let Some(told) = control.wait_for_place(waiting).await? {
                return Ok(told);
            }
        }
    }
    StartResult::from_outcome(Box::pin(deployment_verdict::start(cx, coolify, witness)).await)
}
