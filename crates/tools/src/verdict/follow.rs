//! Following a start from the request on, through the wait for its place.

use std::time::Instant;

use covibe_domain::Failure;
use covibe_domain::entities::WaitingStart;
use covibe_workspace::{Coolify, Hosted, WaitingDeployment, Workspace};
use tokio::time::timeout;

use super::outcome::Outcome;
use super::start::start;
use super::witness::Witness;
use crate::sight::{Sight, sight};
use crate::waiting::{start_waits, until_begun};

/// The result of following a start for as long as a call may wait.
#[derive(Debug)]
pub(crate) enum Followed {
    /// There is a verdict, or none within that time.
    Judged(Box<Outcome>),
    /// It has no place yet.
    Waits(WaitingDeployment),
}

impl Followed {
    /// Returns the outcome, or where the start stands.
    pub(crate) fn parts(self) -> (Option<Outcome>, Option<WaitingStart>) {
        match self {
            Self::Judged(outcome) => (Some(*outcome), None),
            Self::Waits(waiting) => (None, Some(start_waits(&waiting))),
        }
    }
}

/// Returns what is seen of a resource after its start was followed, if there is time left to look.
pub(crate) async fn last_sight(
    cx: &Workspace,
    coolify: &Coolify,
    resource: &Hosted,
) -> Option<Sight> {
    let left = cx.deadline().saturating_duration_since(Instant::now());
    let look = async {
        let resource = coolify.reread(resource).await.ok()?;
        Some(sight(coolify, &resource).await)
    };
    // Boxed because the future is large.
    timeout(left / 2, Box::pin(look)).await.ok().flatten()
}

/// Says that it is not known what became of a start. `show` is the tool that shows the state.
pub(crate) fn unfollowed_warning(failure: &Failure, show: &str) -> String {
    format!("It is not known what became of its start: {} {show} shows its state.", failure.message)
}

/// Follows a start, which may wait for its place, with a witness from before it.
///
/// # Errors
///
/// Conflict if it was cancelled while it waited, or could not be requested then.
pub(crate) async fn follow(
    cx: &Workspace,
    coolify: &Coolify,
    witness: Witness<'_>,
    waiting: Option<WaitingDeployment>,
) -> Result<Followed, Failure> {
    if let Some(waiting) = waiting
        && let Some(waits) = until_begun(cx, coolify, waiting).await?
    {
        return Ok(Followed::Waits(waits));
    }
    // Boxed because the future is large.
    let outcome = Box::pin(start(cx, coolify, witness)).await;
    Ok(Followed::Judged(Box::new(outcome)))
}

/// Follows the first start of a resource, which was requested or waits: all of its containers are of that start.
///
/// # Errors
///
/// As [`follow`].
pub(crate) async fn follow_new(
    cx: &Workspace,
    coolify: &Coolify,
    resource: Hosted,
    waits: Option<WaitingStart>,
) -> Result<Followed, Failure> {
    let waiting = match waits {
        Some(waits) => coolify.waiting(&waits.uuid).await?,
        None => None,
    };
    let witness = Witness::after_start(cx, coolify, resource).await;
    follow(cx, coolify, witness, waiting).await
}
