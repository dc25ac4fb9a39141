//! Starting databases by Coolify.

use std::time::Duration;

use covibe_coolify::Database;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Hosted, StartTurn};

use super::by_coolify::{ByCoolify, Told};
use super::call::{Control, Turn};
use super::part::{Condition, Part};
use super::sight::Source;
use crate::poller::Poller;

/// How Coolify starts databases.
pub(crate) struct Databases;

impl ByCoolify for Databases {
    async fn start_again(&self, control: &Control<'_>, turn: Turn) -> Result<Told, Failure> {
        match control.resource {
            Hosted::Database(database) => restart_database(control, database, turn).await,
            Hosted::App(_) | Hosted::Provider(_) => Err(Failure::invalid("It is no database.")),
        }
    }
}

/// Starts a database with its present settings, and waits until it was seen to run.
pub(crate) async fn restart_database(
    control: &Control<'_>,
    database: &Owned<Database>,
    turn: Turn,
) -> Result<Told, Failure> {
    let source = match control.coolify.on_host(control.resource).await? {
        Some(host) => Source::Docker(host),
        None => Source::Coolify,
    };
    let before = control.look(&source).await?;
    match control.coolify.database_start(database).await? {
        StartTurn::Now(place) => {
            control.coolify.start_database(database, true, place).await?;
            drop(turn);
        }
        StartTurn::Waits(waiting) => {
            drop(turn);
            if let Some(told) = control.wait_for_place(waiting).await? {
                return Ok(told);
            }
        }
    }
    let polling = control.coolify.polling();
    let poller = Poller::new(control.cx, &polling);
    let is_settled = |parts: &[Part], since: Duration| {
        let is_new = parts.iter().zip(&before).all(|(now, before)| is_newer(now, before));
        is_new && control.is_settled(parts, since)
    };
    let watched = control.watch(&source, poller, is_settled).await?;
    if watched.unsettled.is_none() {
        control.coolify.note_start_over(&control.resource.deployable());
    }
    Ok(Told { is_up: watched.unsettled.is_none(), warning: watched.unsettled, next: None })
}

/// Whether what is seen came after the start: a new container, or a later look of Coolify's at one that
/// runs.
fn is_newer(now: &Part, before: &Part) -> bool {
    match (now.current(), before.current()) {
        (Some(now), before) => before.is_none_or(|before| before.state.id != now.state.id),
        (None, Some(_)) => false,
        (None, None) => now.condition == Condition::Up && now.as_of > before.as_of,
    }
}
