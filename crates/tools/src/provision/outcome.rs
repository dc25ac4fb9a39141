//! How a run ended, as the journal keeps it for those who wait for it elsewhere.

use std::time::Duration;

use covibe_domain::{Failure, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize, Deserialize)]
struct Kept {
    code: String,
    error: String,
    hint: Option<String>,
    details: Map<String, Value>,
    wait_ms: Option<u64>,
}

/// A failure as a text; `None` stands for success.
pub(super) fn to_text(ended: &Result<(), Failure>) -> Option<String> {
    let failure = ended.as_ref().err()?;
    let wait = failure.retry_after.map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX));
    let kept = Kept {
        code: failure.kind.code().to_owned(),
        error: failure.message.clone(),
        hint: failure.hint.clone(),
        details: (*failure.details).clone(),
        wait_ms: wait,
    };
    serde_json::to_string(&kept).ok()
}

/// The end that such a text tells of; one of another release is a failure without particulars.
pub(super) fn of_text(text: Option<&str>) -> Result<(), Failure> {
    let Some(text) = text else { return Ok(()) };
    let unknown =
        || Failure::unready("Provisioning failed.").hint("Look at the workspace's steps.");
    let kept: Kept = serde_json::from_str(text).map_err(|_| unknown())?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == kept.code);
    let mut failure = Failure::new(kind.ok_or_else(unknown)?, kept.error);
    failure.hint = kept.hint;
    failure.details = Box::new(kept.details);
    failure.retry_after = kept.wait_ms.map(Duration::from_millis);
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_gets_the_same_failure() {
        let wait = Duration::from_millis(1500);
        let failure = Failure::new(Kind::Limited, "Too many.").hint("Wait.").retry_after(wait);
        let ended = Err(failure.in_doubt());
        assert_eq!(of_text(to_text(&ended).as_deref()), ended);
        assert_eq!(of_text(to_text(&Ok(())).as_deref()), Ok(()));
        assert_eq!(of_text(Some("{}")).unwrap_err().kind, Kind::Unready);
    }
}
