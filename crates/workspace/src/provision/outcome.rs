//! The failure of a run, as the journal stores it for calls that wait elsewhere.

use std::time::Duration;

use covibe_domain::{Failure, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize, Deserialize)]
struct Stored {
    code: String,
    error: String,
    hint: Option<String>,
    details: Map<String, Value>,
    #[serde(default)]
    in_doubt: bool,
    wait_ms: Option<u64>,
}

/// Serializes a failure. In the journal, a missing text means success.
pub(super) fn to_text(failure: &Failure) -> Option<String> {
    let wait = failure.retry_after.map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX));
    let stored = Stored {
        code: failure.kind.code().to_owned(),
        error: failure.message.clone(),
        hint: failure.hint.clone(),
        details: (*failure.details).clone(),
        in_doubt: failure.in_doubt,
        wait_ms: wait,
    };
    serde_json::to_string(&stored).ok()
}

/// Parses a result from the journal. An unknown text, of another release, becomes a failure without particulars.
pub(super) fn from_text(text: Option<&str>) -> Result<(), Failure> {
    let Some(text) = text else { return Ok(()) };
    let unknown =
        || Failure::unready("Provisioning failed.").hint("Look at the workspace's steps.");
    let stored: Stored = serde_json::from_str(text).map_err(|_| unknown())?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == stored.code);
    let mut failure = Failure::new(kind.ok_or_else(unknown)?, stored.error);
    failure.hint = stored.hint;
    failure.details = Box::new(stored.details);
    failure.in_doubt = stored.in_doubt;
    failure.retry_after = stored.wait_ms.map(Duration::from_millis);
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_the_same_failure() {
        let wait = Duration::from_millis(1500);
        let failure = Failure::new(Kind::Limited, "Too many.").hint("Wait.").retry_after(wait);
        let failure = failure.in_doubt();
        assert_eq!(from_text(to_text(&failure).as_deref()), Err(failure));
        assert_eq!(from_text(None), Ok(()));
        assert_eq!(from_text(Some("{}")).unwrap_err().kind, Kind::Unready);
    }
}
