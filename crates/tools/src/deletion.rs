//! Deleting: confirmed by name, volumes kept unless told otherwise, followed until it is gone.
//!
//! Coolify answers a deletion at once and works afterwards (4.3.11): what is being deleted is
//! there for a while, and a call for it again is as good as the first one.

use std::time::{Duration, Instant};

use covibe_coolify::Volumes;
use covibe_domain::Failure;
use covibe_workspace::{Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest confirmation that is read: the longest name that Coolify gives.
pub(crate) const MAX_CONFIRM: u32 = 255;

/// How long a deletion is followed at most; docker gives a container half a minute to stop.
const PATIENCE: Duration = Duration::from_secs(35);

/// The pauses between two looks: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(150), Duration::from_secs(2));

/// The word by which a call has the volumes deleted too; left out, they are kept.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WithVolumes {
    // They go, and cannot be had back. No documentation: it would be one schema of its own.
    Delete,
}

/// What becomes of the volumes.
pub(crate) fn volumes(asked: Option<WithVolumes>) -> Volumes {
    asked.map_or(Volumes::Keep, |WithVolumes::Delete| Volumes::Delete)
}

/// What a deletion came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deletion<U> {
    uuid: U,
    /// Whether it is gone.
    deleted: bool,
    /// `gone` or `deleting`.
    status: &'static str,
    /// `kept` or `deleted`.
    volumes: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl<U> Deletion<U> {
    /// The answer about what [`follow`] saw; `look` is the tool that shows whether it is gone.
    pub(crate) fn new(uuid: U, gone: bool, volumes: Volumes, look: &str) -> Self {
        let hint = || format!("Coolify is still deleting it: {look} answers 404 once it is gone.");
        Self {
            uuid,
            deleted: gone,
            status: if gone { "gone" } else { "deleting" },
            volumes: if volumes == Volumes::Delete { "deleted" } else { "kept" },
            hint: (!gone).then(hint),
        }
    }
}

/// Follows a deletion that Coolify has taken on, for as long as the call has; whether it is gone.
///
/// A look that fails is no failure of the deletion: the next one may tell.
pub(crate) async fn follow<F: Future<Output = Result<bool, Failure>>>(
    cx: &Workspace,
    is_there: impl Fn() -> F,
) -> bool {
    let end = Instant::now() + patience(cx.deadline());
    let (mut pause, longest) = PAUSES;
    loop {
        if let Ok(false) = is_there().await {
            // A list that somebody fetched meanwhile has it still.
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

/// A third of what the call has left is for a look that is slow, and for the answer.
fn patience(deadline: Instant) -> Duration {
    (deadline.saturating_duration_since(Instant::now()) * 2 / 3).min(PATIENCE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_going_says_where_to_look() {
        let told = |gone, volumes| {
            serde_json::to_value(Deletion::new("u", gone, volumes, "databases.get")).unwrap()
        };
        assert_eq!(
            told(true, Volumes::Keep),
            json!({ "uuid": "u", "deleted": true, "status": "gone", "volumes": "kept" })
        );
        let going = told(false, Volumes::Delete);
        assert_eq!((&going["status"], &going["volumes"]), (&json!("deleting"), &json!("deleted")));
        assert!(going["hint"].as_str().unwrap().contains("databases.get"));
    }

    #[test]
    fn time_is_left_for_the_answer() {
        assert!(patience(Instant::now() + Duration::from_secs(45)) <= Duration::from_secs(30));
        assert_eq!(patience(Instant::now() + Duration::from_hours(1)), PATIENCE);
        assert_eq!(patience(Instant::now()), Duration::ZERO);
    }
}
