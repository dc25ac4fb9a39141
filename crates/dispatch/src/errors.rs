//! Failures of calls that the operation itself does not answer.

use std::time::Duration;

use covibe_domain::{Failure, Kind};

/// The failure that a panic becomes; the log has its message and location.
pub(crate) fn panicked() -> Failure {
    Failure::unready("Co-Vibe could not finish this call. The operator's log has the reason.")
}

/// The failure of a call that took too long.
pub(crate) fn timed_out(timeout: Duration, changes: bool) -> Failure {
    let seconds = timeout.as_secs_f32();
    let message = format!("The call did not finish within {seconds} s.");
    let failure = Failure::new(Kind::Timeout, message);
    if changes {
        failure.hint("The change may have happened: look before you repeat it.").in_doubt()
    } else {
        failure.hint("Retry in a moment.")
    }
}

/// The failure of a change whose outcome the audit does not have.
pub(crate) fn unaudited_change() -> Failure {
    Failure::unready("The change was made, but its outcome could not be written to the audit.")
        .hint("Look at what exists before you repeat it.")
        .in_doubt()
}
