//! The meaning of OpenSRS' response codes, in the only place that knows them.

use std::fmt;

use covibe_upstream::Effect;

use crate::reply::Reply;

/// The kind of a command, as far as it decides the meaning of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// Looks whether a domain is free.
    Lookup,
    /// Reads.
    Read,
    /// Changes a domain's nameservers.
    Nameservers,
    /// Buys a domain, or changes anything else.
    Write,
}

impl CommandKind {
    /// Returns whether it changes nothing.
    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::Lookup | Self::Read)
    }
}

/// The reason why OpenSRS refused a command or left its outcome open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// 300, 310, 350: too many commands or connections; nothing was done.
    Throttled,
    /// 437: another request for the domain is waiting.
    Busy,
    /// 486, or 300 while a consent is awaited: an order for it is in process.
    Processing,
    /// 440: the account's balance does not suffice.
    Funds,
    /// 445, 447: a quota of the account is used up.
    Quota,
    /// 400 for an address that is not allowed, 410, 415, 430: the account or its settings.
    Account,
    /// 420, 470, 599: the contact was refused.
    Contact,
    /// 460, 465: a value is absent or invalid.
    Invalid,
    /// 480: there is no such domain or order in the account.
    Unknown,
    /// 480 when nameservers are changed: the registry does not know one of them, or the domain is not
    /// the account's. 435 when the registry refused them.
    UnknownNameserver,
    /// 485 when nameservers are changed: one of them is the domain's already, or is named twice.
    MappedNameserver,
    /// 485: the domain is registered; [`crate::Client::belongs`] returns whether it is the
    /// account's.
    Taken,
    /// 405 when nameservers are changed: the domain is locked.
    Locked,
    /// 435: not permitted, such as by a lock of OpenSRS' own.
    Denied,
    /// 487, 552, 557: the domain's age or state does not allow it.
    NotNow,
    /// 541, 555: it is renewed already, or expires in another year than the command says.
    Renewed,
    /// 701: OpenSRS does not serve the top-level domain.
    Unserved,
    /// 400, 404, 436, 702-705, 720, any unknown code, and answers that contradict themselves: the
    /// outcome is unknown.
    Unclear,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "too many commands",
            Self::Busy => "another request is waiting",
            Self::Processing => "in process",
            Self::Funds => "the account's balance does not suffice",
            Self::Quota => "a quota is used up",
            Self::Account => "the account or its settings are refused",
            Self::Contact => "contact refused",
            Self::Invalid => "values refused",
            Self::Unknown => "not found",
            Self::UnknownNameserver => "unknown nameserver",
            Self::MappedNameserver => "nameserver mapped already",
            Self::Taken => "taken",
            Self::Locked => "locked",
            Self::Denied => "not permitted",
            Self::NotNow => "not possible now",
            Self::Renewed => "renewed already",
            Self::Unserved => "top-level domain not served",
            Self::Unclear => "outcome unknown",
        })
    }
}

/// The outcome of a command that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandOutcome {
    /// It is done.
    Done,
    /// 250: the registry will do it.
    Accepted,
}

/// Returns the outcome of a command, or the reason for its failure.
pub(crate) fn command_outcome(kind: CommandKind, reply: &Reply) -> Result<CommandOutcome, Reason> {
    match (reply.code, kind) {
        (200, _) | (210 | 211 | 221, CommandKind::Lookup) if reply.is_success => {
            Ok(CommandOutcome::Done)
        }
        (250, _) if !kind.reads() => Ok(CommandOutcome::Accepted),
        (code, _) => Err(reason(kind, code, &reply.text)),
    }
}

/// Returns the reason that a code other than a success stands for.
pub(crate) fn reason(kind: CommandKind, code: u16, text: &str) -> Reason {
    let says = |part: &str| text.to_ascii_lowercase().contains(part);
    let changes_nameservers = kind == CommandKind::Nameservers;
    match code {
        300 if says("consent") => Reason::Processing,
        300 | 310 | 350 => Reason::Throttled,
        400 if says("ip address") => Reason::Account,
        405 if changes_nameservers => Reason::Locked,
        410 | 415 | 430 => Reason::Account,
        420 | 470 | 599 => Reason::Contact,
        435 if says("nameserver") || says("name server") => Reason::UnknownNameserver,
        435 => Reason::Denied,
        437 => Reason::Busy,
        440 => Reason::Funds,
        445 | 447 => Reason::Quota,
        460 | 465 => Reason::Invalid,
        480 if changes_nameservers => Reason::UnknownNameserver,
        480 => Reason::Unknown,
        485 if changes_nameservers => Reason::MappedNameserver,
        485 => Reason::Taken,
        486 => Reason::Processing,
        487 | 552 | 557 => Reason::NotNow,
        541 | 555 => Reason::Renewed,
        701 => Reason::Unserved,
        _ => Reason::Unclear,
    }
}

/// Returns whether a command that failed for this reason may have changed something.
pub(crate) fn effect(kind: CommandKind, reason: Reason) -> Effect {
    match reason {
        // The order in process may be the one that this command made.
        Reason::Unclear | Reason::Processing if !kind.reads() => Effect::Possible,
        _ => Effect::None,
    }
}
