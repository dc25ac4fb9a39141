//! Turning an error into the failure that callers get; no text of OpenSRS passes.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::{Failure, Kind};
use covibe_upstream::Effect;
use serde_json::json;

use crate::error::{Complaint, Error};
use crate::response_codes::Reason;

/// The wait before a command is repeated that was throttled.
const THROTTLED: Duration = Duration::from_secs(10);

/// The wait before it helps to look again at an order in process.
const IN_PROCESS: Duration = Duration::from_mins(1);

const LOOK_FIRST: &str =
    "The change may have happened: look at the domain before repeating the call.";

const TELL_OPERATOR: &str =
    "Tell the operator of this server: only the operator can fix this. Retrying does not help.";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Call(error) => error.into(),
            Error::Unfit(complaints) => invalid_values(&complaints),
            Error::Crowded => {
                retry_later("Too many commands are being sent to the registrar at once.")
            }
            Error::Answered { reason, effect, .. } => {
                let failure = refused_command(reason).detail("upstream", "opensrs");
                match effect {
                    Effect::None => failure,
                    Effect::Possible => failure.in_doubt().hint(LOOK_FIRST),
                }
            }
        }
    }
}

fn invalid_values(complaints: &[Complaint]) -> Failure {
    let failure = Failure::invalid("Some values of the call are invalid. Nothing was sent.")
        .hint("Correct the fields named in details.fields.");
    let mut fields = BTreeMap::<_, Vec<_>>::new();
    for Complaint { field, wants } in complaints {
        fields.entry(*field).or_default().push(*wants);
    }
    failure.detail("fields", json!(fields))
}

fn retry_later(message: &str) -> Failure {
    Failure::unready(message)
        .hint("Nothing was changed. Retry with backoff: wait longer each time.")
        .retry_after(THROTTLED)
}

fn operator_trouble(message: &str) -> Failure {
    Failure::unready(message).permanent().hint(TELL_OPERATOR)
}

fn refused_command(reason: Reason) -> Failure {
    match reason {
        Reason::Throttled => retry_later("The registrar accepts no more commands at the moment."),
        Reason::Busy => retry_later("The registrar is working on another request for the domain."),
        Reason::Processing => {
            Failure::unready("The registrar is still processing an order for the domain.")
                .hint("Check the domain's status in a minute.")
                .retry_after(IN_PROCESS)
        }
        Reason::Funds => {
            operator_trouble("The registrar does not accept this order at the moment.")
        }
        Reason::Quota => {
            operator_trouble("A quota of this server's account at the registrar is used up.")
        }
        Reason::Account => operator_trouble("The registrar rejected this server's account."),
        Reason::Contact => Failure::rejected("The registry refused the contact.")
            .hint("Correct the contact: its name, address, phone number and email address."),
        Reason::Invalid => Failure::rejected("The registrar refused the values.")
            .hint("Check the call's parameters."),
        Reason::Unserved => Failure::rejected("The registrar does not sell this top-level domain.")
            .hint("Choose a domain with another top-level domain."),
        Reason::UnknownNameserver => {
            Failure::rejected("The registry does not know one of the nameservers.")
                .hint("Use nameservers that are registered at the registry.")
        }
        Reason::Unknown => Failure::not_found("The registrar has no such domain or order.")
            .hint("List the workspace's domains."),
        Reason::Taken => {
            Failure::conflict("The domain is already registered.").hint("Choose another domain.")
        }
        Reason::MappedNameserver => {
            Failure::conflict("The domain already has one of the nameservers.")
                .hint("Check the domain's nameservers, and set all of them again.")
        }
        Reason::Locked => Failure::conflict("The domain is locked at the registry.")
            .hint("Unlock the domain first."),
        Reason::Denied => {
            Failure::conflict("The registrar does not permit this change to the domain.")
                .hint("Check the domain's status: the registrar itself may have locked it.")
        }
        Reason::NotNow => {
            Failure::conflict("The domain's age or state does not allow this change.")
                .hint("Check the domain's status, and try again later.")
        }
        Reason::Renewed => Failure::conflict("The domain was already renewed.")
            .hint("Check the domain's status: its expiry date has changed."),
        Reason::Unclear => {
            Failure::new(Kind::Upstream, "The registrar failed without reporting the outcome.")
                .hint("Retry with backoff: wait longer each time.")
        }
    }
}
