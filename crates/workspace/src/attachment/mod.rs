//! Attaching a domain: its zone, the records in it, the name servers that the registrar names, and the lock.
//!
//! Each step looks at what is there and changes only what differs, so that a call continues what another one
//! left. What has to be remembered is committed before it is done: the provider before a zone is made there, and
//! that the lock is off before it is removed. One call at a time works on a domain, by a lease that outlives the
//! call and ends by itself where the process dies; the reconciler sets a lock that was left off.
//!
//! | module | what it contains |
//! |---|---|
//! | `held` | the lease, and what its holder writes down |
//! | `attaching` | what operations use |
//! | `zone` | the zone, marked with the workspace as its owner |
//! | `records` | the records of hosts |
//! | `delegation` | the name servers at the registrar |
//! | `lock` | the registrar's lock |
//! | `removal` | the end of the zone |
//! | `errors` | how it fails |

mod attaching;
mod delegation;
mod errors;
mod held;
mod lock;
mod records;
mod removal;
mod zone;

pub use attaching::Attaching;
pub use delegation::Delegation;
pub use lock::Locked;
pub(crate) use lock::lock_again;
pub use records::Destination;
pub(crate) use removal::remove_zone;
pub use zone::OwnZone;
