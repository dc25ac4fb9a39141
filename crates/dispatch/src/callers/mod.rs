//! Callers: their credentials, and the operations that are open to them.

mod credential;

use covibe_domain::Failure;
use covibe_operation::{Callers, Spec};
use covibe_policy::Principal;

pub use credential::Credential;

/// Checks that a key, a person or an admin may call an operation.
pub(crate) fn check_callers(spec: &Spec, principal: &Principal) -> Result<(), Failure> {
    match spec.callers {
        Callers::People | Callers::Admins if principal.person().is_none() => {
            Err(principal.needs_person(spec.name))
        }
        Callers::Admins if !principal.is_admin() => Err(principal.needs_admin(spec.name)),
        _ => Ok(()),
    }
}
