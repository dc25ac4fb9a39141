//! Faults of one upstream call, and the failure that the agent must get.

use std::time::Duration;

use covibe_domain::Kind;
use covibe_sandbox::faults::{Fault, Name};
use serde_json::json;

use super::recorded_step_calls::UpstreamCall;

/// A text of an upstream's failure, which no answer of ours may hold.
pub(crate) const MARKER: &str = "SQLSTATE-8f31 vibn-ws-elsewhere";

/// A fault, and what is to come of it.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) fault: Fault,
    /// The failure that the agent gets.
    pub(crate) kind: Kind,
    /// True if it leaves open whether a change happened.
    in_doubt: bool,
    again: Again,
}

/// The calls that a client repeats after the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Never,
    WhereRepeatable,
    Always,
}

impl Scenario {
    fn new(fault: Fault, kind: Kind, in_doubt: bool, again: Again) -> Self {
        Self { fault, kind, in_doubt, again }
    }

    /// An answer with this status, before or after the effect.
    fn status(name: Name, status: u16, kind: Kind) -> Self {
        let fault = Fault::new(name).status(status).body(json!({ "message": MARKER }));
        let again = if status == 503 { Again::WhereRepeatable } else { Again::Never };
        Self::new(fault, kind, status >= 500, again)
    }

    /// Every fault there is, where an attempt may take this long.
    pub(crate) fn all(attempt: Duration) -> Vec<Self> {
        let mut all: Vec<_> =
            Name::ALL.into_iter().map(|name| Self::for_fault(name, attempt)).collect();
        all.push(Self::status(Name::Status, 401, Kind::Unready));
        all.push(Self::status(Name::Status, 422, Kind::Rejected));
        all.push(Self::status(Name::Status, 503, Kind::Upstream));
        all.push(Self::status(Name::StatusAfter, 503, Kind::Upstream));
        all
    }

    fn for_fault(name: Name, attempt: Duration) -> Self {
        let fault = Fault::new(name);
        match name {
            Name::Status | Name::StatusAfter => Self::status(name, 500, Kind::Upstream),
            Name::Delay => Self::new(fault.delay(attempt * 4), Kind::Timeout, true, Again::Never),
            Name::DropBefore | Name::DropAfter | Name::Late | Name::CutOff => {
                Self::new(fault, Kind::Upstream, true, Again::WhereRepeatable)
            }
            Name::ProxyNotFound => Self::new(fault, Kind::Upstream, true, Again::WhereRepeatable),
            Name::ProxyRedirect => Self::new(fault, Kind::Unready, false, Again::Never),
            Name::Malformed | Name::Huge | Name::BreakOff => {
                Self::new(fault, Kind::Upstream, true, Again::Never)
            }
            Name::Limited => Self::new(fault, Kind::Limited, false, Again::Always),
            Name::Hang => Self::new(fault, Kind::Timeout, true, Again::Never),
        }
    }

    /// The kind of failure where these calls meet it. A repository is read as the bot, whose token is
    /// not this server's credential.
    pub(crate) fn kind_on(&self, calls: &[UpstreamCall]) -> Kind {
        let is_bots = |call: &UpstreamCall| call.path.starts_with("/repos/");
        if self.fault.status == Some(401) && calls.iter().any(is_bots) {
            return Kind::Unready;
        }
        self.kind
    }

    /// Returns whether the call changes something although it fails so.
    pub(crate) fn takes_effect(&self, call: &UpstreamCall) -> bool {
        self.fault.name.has_effect() && !call.only_reads()
    }

    /// Returns whether the upstream carries the request out, and then ends it with its own error.
    pub(crate) fn ends_with_500(&self) -> bool {
        let status = self.fault.status.unwrap_or(500);
        matches!(self.fault.name, Name::StatusAfter | Name::BreakOff) && status == 500
    }

    /// Returns whether the call may have changed something although it failed so.
    pub(crate) fn leaves_open(&self, call: &UpstreamCall) -> bool {
        self.in_doubt && !call.only_reads()
    }

    /// Returns whether the same is read another way: the list of all deployments is too long for Coolify.
    pub(crate) fn is_worked_around(&self, call: &UpstreamCall) -> bool {
        let fails = match self.fault.name {
            Name::Status | Name::StatusAfter => self.fault.status == Some(500),
            name => matches!(name, Name::BreakOff | Name::Huge),
        };
        fails && call.path == "/deployments$"
    }

    /// Returns whether the agent does not notice a single one.
    pub(crate) fn is_overcome(&self, call: &UpstreamCall) -> bool {
        match self.again {
            Again::Never => false,
            Again::WhereRepeatable => call.is_repeatable(),
            Again::Always => true,
        }
    }
}
