//! Reading the codes of answers: those of DNS, and those of signatures beside them (RFC 8945, 5.2).

use covibe_upstream::{Cause, Conflict, Trouble};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::tsig::TsigError;

/// The reason why an exchange failed.
#[derive(Debug)]
pub(super) struct FailedExchange {
    pub(super) cause: Cause,
    /// True if the server says, with its signature, that it did nothing.
    pub(super) is_undone: bool,
}

impl From<Cause> for FailedExchange {
    fn from(cause: Cause) -> Self {
        Self { cause, is_undone: false }
    }
}

const SECRET: Trouble = Trouble {
    what: "it has another secret for this server's TSIG key",
    fix: "give both the same secret",
};

/// Knot answers so for a key that lacks the right, too.
const KEY: Trouble = Trouble {
    what: "it has no TSIG key with this name for hmac-sha256, or does not let it transfer and update \
           the zone",
    fix: "add the key to its configuration, and allow it to transfer and update the zone",
};

const CLOCK: Trouble = Trouble {
    what: "its clock and that of this server differ by more than 5 minutes",
    fix: "set both correctly",
};

const ZONE: Trouble = Trouble {
    what: "it has no such zone, or does not let the TSIG key transfer and update it",
    fix: "add the zone to its configuration, and allow the key to transfer and update it",
};

const FAILED: Trouble =
    Trouble { what: "it failed to answer for the zone", fix: "look at its log" };

/// Returns whether a server says that it has no such zone, or does not let the key see it.
pub(super) fn is_unknown_zone(cause: &Cause) -> bool {
    *cause == Cause::Operator(ZONE)
}

/// Returns whether a server says that it has no such key, or keeps it from the zone.
pub(super) fn is_refused_key(cause: &Cause) -> bool {
    *cause == Cause::Operator(KEY)
}

/// Returns whether it is certain that nothing signed by the key is accepted, whatever the zone is. A server that says
/// that it has no such key may only keep it from this zone.
pub(super) fn is_about_signature(cause: &Cause) -> bool {
    match cause {
        Cause::Operator(trouble) => [SECRET, CLOCK].contains(trouble),
        _ => true,
    }
}

/// Returns the reason why a signed answer does not count.
pub(super) fn check_signed(answer: &Message) -> Result<(), FailedExchange> {
    match cause(answer) {
        None => Ok(()),
        Some(cause) => {
            let is_undone = cause != Cause::Operator(FAILED);
            Err(FailedExchange { cause, is_undone })
        }
    }
}

/// Returns the failure for an answer without a valid signature, which anybody may have sent. A
/// server that does not know the key can't sign.
pub(super) fn unsigned_failure(bytes: &[u8]) -> FailedExchange {
    let Ok(answer) = Message::from_vec(bytes) else { return Cause::Malformed.into() };
    cause(&answer).unwrap_or(Cause::Mistaken).into()
}

fn cause(answer: &Message) -> Option<Cause> {
    let signature = answer.signature.as_ref().and_then(|signature| signature.data.error.as_ref());
    Some(match (signature, answer.response_code) {
        (_, ResponseCode::NoError) => return None,
        (Some(TsigError::BadTime), _) => Cause::Operator(CLOCK),
        (Some(TsigError::BadKey), _) => Cause::Operator(KEY),
        (Some(_), _) => Cause::Operator(SECRET),
        (
            None,
            ResponseCode::NXRRSet
            | ResponseCode::YXRRSet
            | ResponseCode::YXDomain
            | ResponseCode::NXDomain,
        ) => Cause::Conflict(Conflict::Changed),
        (None, ResponseCode::Refused | ResponseCode::NotAuth | ResponseCode::NotZone) => {
            Cause::Operator(ZONE)
        }
        (None, _) => Cause::Operator(FAILED),
    })
}
