//! Deployments and starts that wait for a place before Coolify.

use covibe_domain::entities::{Deployment, DeploymentStatus, WaitingStart};
use covibe_domain::{Deployable, Failure};
use covibe_workspace::{Coolify, WaitingDeployment, Workspace};

use crate::coolify_poller::{Poll, Poller};

/// The reason why a start did not begin, if Coolify was never asked for it.
const CANCELLED: &str = "It was cancelled while it waited.";

/// Returns a deployment or start that waits, as answers show it.
pub(crate) fn waits(waiting: WaitingDeployment) -> Deployment {
    Deployment {
        position: Some(waiting.position),
        ahead: Some(waiting.count_ahead()),
        commit: waiting.commit,
        created_at: Some(waiting.asked_at),
        ..Deployment::new(waiting.uuid, DeploymentStatus::Queued)
    }
}

/// Says where a start stands that waits.
pub(crate) fn place(waiting: &WaitingDeployment) -> String {
    let (cause, uuid) = (cause(waiting), &waiting.uuid);
    format!(r#"It is waiting {cause}. deployments.cancel {{"uuid":"{uuid}"}} cancels it."#)
}

/// Says what a deployment or start waits for.
pub(crate) fn cause(waiting: &WaitingDeployment) -> String {
    let ahead = waiting.count_ahead();
    match waiting.held_back {
        Some(why) => format!("because {why}; {ahead} ahead of it"),
        None => format!("in the queue; {ahead} ahead of it"),
    }
}

/// Returns a start that waits, as the answer about a database or auth provider shows it.
pub(crate) fn start_waits(waiting: &WaitingDeployment) -> WaitingStart {
    WaitingStart {
        uuid: waiting.uuid.clone(),
        status: DeploymentStatus::Queued,
        position: waiting.position,
        ahead: waiting.count_ahead(),
    }
}

/// Returns the start of a resource that waits.
pub(crate) async fn waiting_start(
    coolify: &Coolify,
    resource: &Deployable,
) -> Result<Option<WaitingStart>, Failure> {
    Ok(coolify.waiting_start(resource).await?.as_ref().map(start_waits))
}

/// Waits until a start has its place, as long as the call may wait. Returns where it stands if it has none by then.
///
/// # Errors
///
/// Conflict if it was cancelled, or could not be requested.
pub(crate) async fn until_begun(
    cx: &Workspace,
    coolify: &Coolify,
    waiting: WaitingDeployment,
) -> Result<Option<WaitingDeployment>, Failure> {
    let mut poller = Poller::new(cx, coolify);
    let mut last = waiting;
    loop {
        poller.report(format!("The start waits {}", cause(&last)));
        if !poller.wait().await {
            return Ok(Some(last));
        }
        match poller.poll(coolify.waiting(&last.uuid)).await {
            Poll::Ready(Some(waiting)) => last = waiting,
            Poll::Ready(None) => break,
            Poll::Unavailable => poller.report_unavailable(),
            Poll::Failed(failure) => return Err(failure),
        }
    }
    // It may have ended without having begun; one that a newer one replaced goes on as that one.
    match coolify.queued_start(&last.uuid).await? {
        Some(start) if !start.status.is_open() => {
            let line = start.log.and_then(|log| log.lines.into_iter().next());
            match (start.status, line) {
                (DeploymentStatus::Failed, reason) => {
                    Err(failed_start(reason.map(|line| line.output)))
                }
                (DeploymentStatus::Cancelled, None) => Err(Failure::conflict(CANCELLED)),
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

/// The start could not be requested when its turn came.
fn failed_start(reason: Option<String>) -> Failure {
    let reason = reason.unwrap_or_default();
    Failure::conflict(format!("The start could not be requested when its turn came. {reason}"))
}
