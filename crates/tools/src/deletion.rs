//! Deletion: confirmed by name, keeps volumes by default, waits until the resource is gone.
//!
//! Coolify (4.3.11) answers a deletion at once and runs it afterwards. The resource exists meanwhile,
//! and repeating the deletion is safe.

use std::time::{Duration, Instant};

use covibe_coolify::Volumes;
use covibe_domain::{Failure, Kind};
use covibe_workspace::{Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The maximum length of a confirmation: that of a name in Coolify.
pub(crate) const MAX_CONFIRM: u32 = 255;

/// The longest wait for a deletion. Docker gives a container 30 seconds to stop.
const MAX_WAIT: Duration = Duration::from_secs(35);

/// The first and the longest pause between two checks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(150), Duration::from_secs(2));

// Whether the volumes are deleted too. No doc comment: the tools say it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(title = "What to do with the volumes; by default they are kept.")]
pub(crate) enum WithVolumes {
    // No doc comment: it would add a schema to every listing.
    Delete,
}

/// Returns what to do with the volumes.
pub(crate) fn volumes(asked: Option<WithVolumes>) -> Volumes {
    asked.map_or(Volumes::Keep, |WithVolumes::Delete| Volumes::Delete)
}

/// The result of a deletion.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deletion {
    /// The id of the resource.
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    uuid: String,
    /// Whether the resource is gone.
    deleted: bool,
    /// `gone` or `deleting`.
    #[schemars(example = &"gone")]
    status: &'static str,
    /// `kept`, `deleted` or `none`; absent while that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"kept")]
    volumes: Option<&'static str>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<String>,
}

impl Deletion {
    /// Creates the answer from the result of [`follow`]. `had_volumes` is whether the resource had
    /// volumes, if that is known; `get` is the tool that returns the resource.
    pub(crate) fn new(
        uuid: &impl ToString,
        gone: bool,
        volumes: Volumes,
        had_volumes: Option<bool>,
        get: &str,
    ) -> Self {
        let hint = || format!("Coolify is still deleting it: {get} returns 404 once it is gone.");
        Self {
            uuid: uuid.to_string(),
            deleted: gone,
            status: if gone { "gone" } else { "deleting" },
            volumes: match (volumes, had_volumes) {
                (_, Some(false)) => Some("none"),
                (Volumes::Keep, _) => Some("kept"),
                (Volumes::Delete, _) => gone.then_some("deleted"),
            },
            hint: (!gone).then(hint),
        }
    }
}

/// Waits until something is gone that Coolify deletes or ends, within the call's deadline. Returns
/// whether it is gone.
///
/// A failed check says nothing: the next check may succeed.
pub(crate) async fn follow<F: Future<Output = Result<bool, Failure>>>(
    cx: &Workspace,
    is_there: impl Fn() -> F,
) -> bool {
    let end = Instant::now() + max_wait(cx.deadline());
    let (mut pause, longest) = PAUSES;
    loop {
        if let Ok(false) = is_there().await {
            // A list that was fetched meanwhile still has it.
            drop(cx.coolify().await.map(Coolify::refreshed));
            return true;
        }
        if Instant::now() + pause >= end {
            return false;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Waits until what a failed creation left is gone.
///
/// # Errors
///
/// Timeout if it is still there at the end.
pub(crate) async fn until_gone<F: Future<Output = Result<bool, Failure>>>(
    cx: &Workspace,
    is_there: impl Fn() -> F,
) -> Result<(), Failure> {
    let left = || Failure::new(Kind::Timeout, "Coolify is still deleting what was left.");
    follow(cx, is_there).await.then_some(()).ok_or_else(left)
}

/// Returns the longest wait. A third of the remaining time is left for a slow check and the answer.
pub(crate) fn max_wait(deadline: Instant) -> Duration {
    (deadline.saturating_duration_since(Instant::now()) * 2 / 3).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_the_tool_to_check_while_deletion_continues() {
        let answer = |gone, volumes| {
            let deletion = Deletion::new(&"u", gone, volumes, None, "databases.get");
            serde_json::to_value(deletion).unwrap()
        };
        assert_eq!(
            answer(true, Volumes::Keep),
            json!({ "uuid": "u", "deleted": true, "status": "gone", "volumes": "kept" })
        );
        let pending = answer(false, Volumes::Delete);
        assert_eq!((&pending["status"], pending.get("volumes")), (&json!("deleting"), None));
        assert!(pending["hint"].as_str().unwrap().contains("databases.get"));
    }

    #[test]
    fn leaves_time_for_the_answer() {
        assert!(max_wait(Instant::now() + Duration::from_secs(45)) <= Duration::from_secs(30));
        assert_eq!(max_wait(Instant::now() + Duration::from_hours(1)), MAX_WAIT);
        assert_eq!(max_wait(Instant::now()), Duration::ZERO);
    }
}
