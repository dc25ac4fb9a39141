//! Waiting until Google knows everywhere what was made a moment ago.

use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_storage::{Error, is_unsettled};
use tokio::time::sleep;

use super::errors::unsettled_change;

/// The first and the longest pause between two looks.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// Makes a call until its outcome is not one that may only be too early, or the time is over.
///
/// # Errors
///
/// Unready if it is still too early; those of the call.
pub(super) async fn retry_until_settled<T, F>(
    until: Instant,
    call: impl Fn() -> F + Send,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Error>> + Send,
{
    let [mut pause, longest] = PAUSES;
    loop {
        match call().await {
            Err(error) if is_unsettled(&error) => {
                if Instant::now() + pause >= until {
                    let is_unknown = error.is_not_found();
                    return Err(if is_unknown { unsettled_change() } else { error.into() });
                }
                sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
            outcome => return Ok(outcome?),
        }
    }
}
