//! Failures of attaching a domain.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Failure};

/// The time to wait before a retry while another call works on the domain.
const SOON: Duration = Duration::from_secs(5);

/// The time to wait before a retry while the apps of the previous holder are being detached.
const DETACHED: Duration = Duration::from_mins(1);

/// The hint for a step that may have happened.
pub(super) const LOOKS_FIRST: &str =
    "Repeat the call: it checks what exists, and continues with what is missing.";

/// Another call of the workspace works on the domain.
pub(super) fn in_progress(name: &DomainName) -> Failure {
    Failure::unready(format!("Another call is attaching {name}."))
        .hint("Repeat the call in a few seconds: it continues where the other one ends.")
        .retry_after(SOON)
}

/// The workspace does not have the domain, or not yet.
pub(super) fn not_registered(name: &DomainName, state: RegistrationState) -> Failure {
    Failure::conflict(format!("{name} is not registered: its status is {state}."))
        .hint("Call domains.register again to continue the order, then repeat this call.")
}

/// The registrar's account has lost the domain.
pub(super) fn lost_domain(name: &DomainName) -> Failure {
    Failure::conflict(format!("The registrar's account no longer has {name}."))
        .hint("Nothing was changed. domains.get shows when its term ended.")
}

/// Apps of a workspace that had the domain before may have hosts of it still.
pub(super) fn former_hosts(name: &DomainName) -> Failure {
    Failure::unready(format!(
        "{name} can't be attached yet: the previous holder's apps are being detached from it."
    ))
    .hint("Nothing was changed. Repeat the call in a few minutes.")
    .retry_after(DETACHED)
}

/// The registry does not know the name servers of the zone.
pub(super) fn unknown_nameservers(name: &DomainName) -> Failure {
    Failure::unready(format!(
        "The registry of {name} does not know the zone's name servers, so the registrar still \
         lists others."
    ))
    .permanent()
    .hint(
        "Tell the operator to have them registered as hosts, then repeat the call: the zone and its \
         records stay. `updateRegistrarNs: false` leaves this step out.",
    )
}

/// The registrar keeps the domain locked, although the lock was removed.
pub(super) fn still_locked(name: &DomainName) -> Failure {
    Failure::conflict(format!(
        "The registrar does not allow a change of the name servers of {name}."
    ))
    .hint("The registry or the registrar itself has locked it: tell the operator.")
}

/// The lock is not set, although the registrar was asked to.
pub(super) fn not_locked(name: &DomainName) -> Failure {
    Failure::unready(format!("The registrar has not locked {name} yet.")).retry_after(SOON)
}
