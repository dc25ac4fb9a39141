//! Attaching a domain: its zone, the records in it, the name servers that the registrar names, and the lock.
//!
//! Each step reads the current state and changes only differences, so that a call continues the work of another one.
//! Facts that must be remembered are committed before the action: the provider before a zone is created there, and the
//! missing lock before the lock is removed. One call at a time works on a domain, by a lease that outlives the call and
//! expires if the process dies; the reconciler sets a lock that is still off.
//!
//! | module | what it contains |
//! |---|---|
//! | `lease` | the lease, and what its holder writes down |
//! | `attach_call` | what operations use |
//! | `zone` | the zone, marked with the workspace as its owner |
//! | `records` | the records of hosts |
//! | `delegation` | the name servers at the registrar |
//! | `lock` | the registrar's lock |
//! | `zone_removal` | the end of the zone |
//! | `errors` | how it fails |

mod attach_call;
mod delegation;
mod errors;
mod lease;
mod records;
mod registrar_lock;
mod zone;
mod zone_removal;

pub use attach_call::Attaching;
pub use delegation::DelegationOutcome;
pub(crate) use lease::DomainLease;
pub use records::Destination;
pub use registrar_lock::LockOutcome;
pub(crate) use registrar_lock::lock_again;
pub use zone::OwnZone;
pub(crate) use zone_removal::remove_zone;
