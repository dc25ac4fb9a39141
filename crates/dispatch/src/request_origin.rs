//! The request that a call came in: its id, and where it came from.

use std::net::IpAddr;

use covibe_workspace::RequestId;

/// The request that a call came in.
#[derive(Clone, Debug)]
pub struct Request {
    id: RequestId,
    address: Option<IpAddr>,
}

impl Request {
    /// Creates a request that came from this address. Its id is the one that the client gave, if that is
    /// well-formed, otherwise a new one.
    pub fn new(given: Option<&str>, address: Option<IpAddr>) -> Self {
        Self { id: RequestId::new(given), address }
    }

    /// Returns the client's address.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Returns its id.
    pub fn id(&self) -> &RequestId {
        &self.id
    }
}
