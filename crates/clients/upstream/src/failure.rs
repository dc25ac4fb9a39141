//! How an upstream's error is told to the caller: which upstream, what now, nothing raw.

use covibe_domain::{Failure, Kind};
use serde_json::json;

use crate::{Cause, Conflict, Effect, Error};

const LOOK_FIRST: &str =
    "The change may have happened: look (list or get) before repeating the call.";
const TRY_AGAIN: &str = "Nothing was changed. Retry with backoff: wait longer each time.";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = tell(&error).detail("upstream", error.upstream.to_ascii_lowercase());
        match error.effect {
            Effect::None => failure,
            Effect::Possible => failure.in_doubt().hint(LOOK_FIRST),
        }
    }
}

fn tell(error: &Error) -> Failure {
    let name = error.upstream;
    match &error.cause {
        Cause::Limited { .. } | Cause::Refused(_) | Cause::NotFound | Cause::Conflict(_) => {
            answered(error)
        }
        Cause::Unconfigured(what) => {
            Failure::unready(format!("{name} is not fully configured: {what}."))
                .hint("An operator has to complete this server's configuration.")
        }
        Cause::TimedOut => {
            Failure::new(Kind::Timeout, format!("{name} did not answer in time.")).hint(TRY_AGAIN)
        }
        Cause::Unauthorized => {
            broke(format!("{name} failed: it did not accept this server's credentials."))
                .hint("An operator has to check them; changing the call does not help.")
        }
        Cause::Unreachable => {
            broke(format!("{name} failed: it could not be reached.")).hint(TRY_AGAIN)
        }
        Cause::Dropped => {
            broke(format!("{name} failed: it closed the connection without an answer."))
                .hint(TRY_AGAIN)
        }
        Cause::Malformed => {
            broke(format!("{name} failed: its answer could not be read.")).hint(TRY_AGAIN)
        }
        Cause::TooLarge => {
            broke(format!("{name} failed: its answer was too large.")).hint(TRY_AGAIN)
        }
        Cause::Failed { status } => {
            broke(format!("{name} failed with status {status}.")).hint(TRY_AGAIN)
        }
    }
}

fn answered(error: &Error) -> Failure {
    let name = error.upstream;
    match &error.cause {
        Cause::Limited { retry_after, ours } => {
            let whose = if *ours { "Too many calls for" } else { "Too many calls, says" };
            Failure::new(Kind::Limited, format!("{whose} {name}."))
                .hint("Nothing was changed. Wait before the next call.")
                .retry_after(*retry_after)
        }
        Cause::Refused(refusal) if refusal.fields.is_empty() => {
            Failure::new(Kind::Rejected, format!("{name} refused the values."))
                .hint("Check the values of the call.")
        }
        Cause::Refused(refusal) => {
            Failure::new(Kind::Rejected, format!("{name} refused the values."))
                .hint("Correct the fields named in details.fields.")
                .detail("fields", json!(refusal.fields))
        }
        Cause::Conflict(Conflict::Domain) => {
            Failure::conflict("The domain is taken by another resource.")
                .hint("Choose another domain.")
        }
        Cause::Conflict(Conflict::Port) => {
            Failure::conflict("The port is taken by another resource.").hint("Choose another port.")
        }
        Cause::Conflict(Conflict::Running) => {
            Failure::conflict(format!("It is already running in {name}."))
                .hint("Restart it for its changes to take effect.")
        }
        Cause::Conflict(Conflict::Exists) => {
            Failure::conflict(format!("{name} has one of that name already."))
                .hint("List first, then use the existing one or choose another name.")
        }
        Cause::Conflict(Conflict::NotEmpty) => {
            Failure::conflict(format!("{name} has resources in it still."))
                .hint("Remove what is in it first.")
        }
        _ => Failure::not_found(format!("{name} does not know it."))
            .hint("List first to find the right id."),
    }
}

fn broke(message: String) -> Failure {
    Failure::new(Kind::Upstream, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Refusal;

    fn failure(cause: Cause, effect: Effect) -> Failure {
        Error { upstream: "Coolify", method: "POST", path: "/deploy", cause, effect }.into()
    }

    #[test]
    fn every_cause_has_its_kind() {
        let limited = Cause::Limited { retry_after: Duration::from_secs(7), ours: false };
        for (cause, kind) in [
            (Cause::Unreachable, Kind::Upstream),
            (Cause::Dropped, Kind::Upstream),
            (Cause::Malformed, Kind::Upstream),
            (Cause::TooLarge, Kind::Upstream),
            (Cause::Unauthorized, Kind::Upstream),
            (Cause::Failed { status: 500 }, Kind::Upstream),
            (Cause::TimedOut, Kind::Timeout),
            (limited.clone(), Kind::Limited),
            (Cause::Refused(Refusal::default()), Kind::Rejected),
            (Cause::NotFound, Kind::NotFound),
            (Cause::Conflict(Conflict::Domain), Kind::Conflict),
            (Cause::Conflict(Conflict::NotEmpty), Kind::Conflict),
            (Cause::Unconfigured("COOLIFY_SERVER_UUID"), Kind::Unready),
        ] {
            let failure = failure(cause.clone(), Effect::None);
            assert_eq!(failure.kind, kind, "{cause}");
            assert_eq!(failure.details["upstream"], "coolify");
            assert!(!failure.is_in_doubt());
        }
        assert_eq!(failure(limited, Effect::None).retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_possible_change_says_to_look_first() {
        let failure = failure(Cause::TimedOut, Effect::Possible);
        assert_eq!(failure.kind, Kind::Timeout);
        assert_eq!(failure.body()["details"]["mayHaveHappened"], true);
        assert_eq!(failure.hint.as_deref(), Some(LOOK_FIRST));
    }

    #[test]
    fn refused_fields_are_passed_on() {
        let fields = [("ports".to_owned(), vec!["must be a number".to_owned()])].into();
        let failure = failure(Cause::Refused(Refusal { status: 422, fields }), Effect::None);
        assert_eq!(failure.details["fields"], json!({ "ports": ["must be a number"] }));
    }
}
