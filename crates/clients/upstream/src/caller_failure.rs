//! Turning an upstream's error into the failure that callers get; no upstream text passes.

use std::time::Duration;

use covibe_domain::{Failure, Kind};
use serde_json::json;

use crate::error::{Cause, Conflict, Effect, Error, Trouble};

const LOOK_FIRST: &str =
    "The change may have happened: look with list or get before repeating the call.";
/// The wait before the next deployment is requested, as in Coolify's `Retry-After` (4.3.11).
const QUEUE_WAIT: Duration = Duration::from_mins(1);

const TRY_AGAIN: &str = "Nothing was changed. Retry with backoff: wait longer each time.";

const TELL_OPERATOR: &str =
    "Tell the operator of this server: only the operator can fix this. Retrying does not help.";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = describe(&error).detail("upstream", error.upstream.to_ascii_lowercase());
        match error.effect {
            Effect::None => failure,
            // Repeating the call does not help, whatever became of it.
            Effect::Possible if matches!(error.cause, Cause::Barred { .. }) => failure.in_doubt(),
            Effect::Possible => failure.in_doubt().hint(LOOK_FIRST),
        }
    }
}

fn describe(error: &Error) -> Failure {
    let name = error.upstream;
    match &error.cause {
        Cause::Limited { .. }
        | Cause::Refused(_)
        | Cause::NotFound
        | Cause::Renamed { .. }
        | Cause::Conflict(_) => describe_answer(error),
        Cause::UnknownName { known } => {
            Failure::new(Kind::NotFound, format!("{name} has nothing with this name."))
                .hint("Pass one of the names in details.known.")
                .detail("known", json!(known))
        }
        Cause::Crowded { retry_after } => {
            let message = format!("Too many long answers of {name} arrive at the same time.");
            Failure::new(Kind::Limited, message)
                .hint("Make fewer calls at the same time, or request less.")
                .retry_after(*retry_after)
        }
        Cause::QueueFull => {
            Failure::new(Kind::Limited, format!("The deployment queue of {name} is full."))
                .hint("Nothing was queued. Retry once deployments on the server have ended.")
                .retry_after(QUEUE_WAIT)
        }
        Cause::Elsewhere => {
            let setting = format!("{}_API_URL", name.to_ascii_uppercase());
            Failure::unready(format!("The configured address of {name} redirects to another one."))
                .hint(format!("Tell the operator: {setting} must be the final address."))
        }
        Cause::Barred { .. } => Failure::unready(format!("{name} refuses what this server needs."))
            .hint(format!("Tell the operator: the server's log has the reason that {name} gave.")),
        Cause::Foreign { status } => upstream_failed(format!(
            "{name} failed: something in front of it answered with status {status}."
        ))
        .hint(TRY_AGAIN),
        Cause::Unsupported => {
            Failure::unready(format!("The installed release of {name} can't do this."))
                .hint(format!("Tell the operator: {name} must be updated."))
        }
        Cause::Operator(Trouble { what, .. }) => {
            Failure::unready(format!("{name} cannot be used: {what}.")).hint(TELL_OPERATOR)
        }
        Cause::TimedOut => {
            Failure::new(Kind::Timeout, format!("{name} did not answer in time.")).hint(TRY_AGAIN)
        }
        Cause::Unauthorized => {
            Failure::unready(format!("{name} rejected this server's credentials."))
                .hint(TELL_OPERATOR)
        }
        Cause::Unreachable => {
            upstream_failed(format!("{name} failed: it could not be reached.")).hint(TRY_AGAIN)
        }
        Cause::Dropped => {
            upstream_failed(format!("{name} failed: it closed the connection without an answer."))
                .hint(TRY_AGAIN)
        }
        Cause::Malformed => {
            upstream_failed(format!("{name} failed: its answer could not be read.")).hint(TRY_AGAIN)
        }
        Cause::Mistaken => {
            upstream_failed(format!("{name} failed: its answer is about something else."))
                .hint(TRY_AGAIN)
        }
        Cause::TooLarge => upstream_failed(format!("{name} failed: its answer was too large."))
            .permanent()
            .hint("Repeating the call does not help. Request less, or tell the operator."),
        Cause::Failed { status } => {
            let failed = upstream_failed(format!("{name} failed with status {status}."));
            // Any other server error may come from a proxy that did not wait for the answer.
            let failed = if *status == 500 { failed.with_ended_request() } else { failed };
            failed.hint(TRY_AGAIN)
        }
    }
}

fn describe_answer(error: &Error) -> Failure {
    let name = error.upstream;
    match &error.cause {
        Cause::Limited { retry_after, ours } => {
            let message = if *ours {
                format!("This server's rate budget for {name} is exhausted.")
            } else {
                format!("The rate limit of {name} is exceeded.")
            };
            Failure::new(Kind::Limited, message)
                .hint("Nothing was changed. Wait before the next call.")
                .retry_after(*retry_after)
        }
        Cause::Refused(refusal) if refusal.fields.is_empty() => {
            Failure::rejected(format!("{name} refused the values."))
                .hint("Check the call's parameters.")
        }
        Cause::Refused(refusal) => Failure::rejected(format!("{name} refused the values."))
            .hint("Correct the fields named in details.fields.")
            .detail("fields", json!(refusal.fields)),
        Cause::Conflict(Conflict::Domain) => {
            Failure::conflict("The domain is taken by another resource.")
                .hint("Choose another domain.")
        }
        Cause::Conflict(Conflict::Port) => {
            Failure::conflict("The port is taken by another resource.").hint("Choose another port.")
        }
        Cause::Conflict(Conflict::Running) => {
            Failure::conflict(format!("The resource is already running in {name}."))
                .hint("Restart it for its changes to take effect.")
        }
        Cause::Conflict(Conflict::Exists) => {
            Failure::conflict(format!("{name} already has something with this name or key."))
                .hint("List what exists, then use it or choose another name.")
        }
        Cause::Conflict(Conflict::Stopped | Conflict::NoContainer) => {
            Failure::conflict("The container is not running.")
                .hint("Start it, or find out why it stopped.")
        }
        Cause::Conflict(Conflict::Ended) => Failure::conflict("The deployment has already ended.")
            .hint("List the deployments to see how it ended."),
        Cause::Conflict(Conflict::Changed) => {
            Failure::conflict(format!("The resource was changed in {name} at the same time."))
                .hint("Check the current state, then repeat the call.")
        }
        Cause::Conflict(Conflict::NotEmpty) => {
            Failure::conflict(format!("The resource is not empty: {name} still has others in it."))
                .hint("Delete those first.")
        }
        _ => Failure::not_found(format!("Not found in {name}."))
            .hint("Use list to find the right id."),
    }
}

fn upstream_failed(message: String) -> Failure {
    Failure::new(Kind::Upstream, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn failure(cause: Cause, effect: Effect) -> Failure {
        Error { upstream: "Coolify", method: "POST", path: "/deploy", cause, effect }.into()
    }

    #[test]
    fn every_cause_is_mapped_to_its_failure_kind_and_retryability() {
        let limited = Cause::Limited { retry_after: Duration::from_secs(7), ours: false };
        for (cause, kind) in [
            (Cause::Unreachable, Kind::Upstream),
            (Cause::Dropped, Kind::Upstream),
            (Cause::Malformed, Kind::Upstream),
            (Cause::Mistaken, Kind::Upstream),
            (Cause::TooLarge, Kind::Upstream),
            (Cause::Unauthorized, Kind::Unready),
            (Cause::Failed { status: 500 }, Kind::Upstream),
            (Cause::Foreign { status: 404 }, Kind::Upstream),
            (Cause::Elsewhere, Kind::Unready),
            (Cause::Unsupported, Kind::Unready),
            (Cause::Barred { status: 422, reason: String::new() }, Kind::Unready),
            (Cause::Renamed { to: "/orgs/new".to_owned() }, Kind::NotFound),
            (Cause::TimedOut, Kind::Timeout),
            (limited.clone(), Kind::Limited),
            (Cause::Refused(Refusal::default()), Kind::Rejected),
            (Cause::NotFound, Kind::NotFound),
            (Cause::UnknownName { known: Vec::new() }, Kind::NotFound),
            (Cause::QueueFull, Kind::Limited),
            (Cause::Crowded { retry_after: Duration::from_secs(2) }, Kind::Limited),
            (Cause::Conflict(Conflict::Domain), Kind::Conflict),
            (Cause::Conflict(Conflict::NotEmpty), Kind::Conflict),
            (Cause::Operator(Trouble { what: "it has no server", fix: "add one" }), Kind::Unready),
        ] {
            let failure = failure(cause.clone(), Effect::None);
            assert_eq!(failure.kind, kind, "{cause}");
            assert_eq!(failure.details["upstream"], "coolify");
            let is_retryable = kind.retryable() && cause != Cause::TooLarge;
            assert_eq!(failure.is_retryable(), is_retryable, "{cause}");
            assert!(!failure.is_in_doubt());
        }
        assert_eq!(failure(limited, Effect::None).retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_failure_with_a_possible_effect_asks_to_check_first() {
        let failure = failure(Cause::TimedOut, Effect::Possible);
        assert_eq!(failure.kind, Kind::Timeout);
        assert_eq!(failure.body()["details"]["mayHaveHappened"], true);
        assert_eq!(failure.hint.as_deref(), Some(LOOK_FIRST));
    }

    #[test]
    fn refused_fields_are_included_in_the_failure() {
        let fields = [("ports".to_owned(), vec!["must be a number".to_owned()])].into();
        let failure = failure(Cause::Refused(Refusal { status: 422, fields }), Effect::None);
        assert_eq!(failure.details["fields"], json!({ "ports": ["must be a number"] }));
    }
}
