//! How a domain is served.

use covibe_domain::Timestamp;
use covibe_domain::entities::DnsProvider;

/// How a domain is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// The provider of its zone, which stays when that of the workspace's next domains changes.
    pub provider: Option<DnsProvider>,
    /// The provider's id of the zone.
    pub zone: Option<String>,
    /// The name servers that the registrar has to name, in lower case and without a dot at the end.
    pub nameservers: Vec<String>,
    /// When it was attached to something the last time.
    pub attached_at: Option<Timestamp>,
    /// Whether the registrar's lock is off, or may be, and has to be set again.
    pub is_unlocked: bool,
}

impl Attachment {
    /// Returns the name servers as they are stored; `None` if there are none.
    pub(super) fn names(&self) -> Option<String> {
        (!self.nameservers.is_empty()).then(|| self.nameservers.join(" "))
    }
}
