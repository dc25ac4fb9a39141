//! The attachment of a domain to the system that serves it.

use covibe_domain::Timestamp;
use covibe_domain::entities::DnsProvider;

/// The zone that serves a domain, and the state of the registrar's lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// The provider of its zone, which stays when that of the workspace's next domains changes.
    pub provider: Option<DnsProvider>,
    /// The provider's id of the zone.
    pub zone: Option<String>,
    /// When it was attached to something the last time.
    pub attached_at: Option<Timestamp>,
    /// True if the registrar's lock is off, or may be, and has to be set again.
    pub is_unlocked: bool,
}
