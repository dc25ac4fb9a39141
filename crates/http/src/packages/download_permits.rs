//! The limits of files that are sent at once: a small request without a key brings a large answer.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use covibe_domain::{Failure, KeyedPermit, KeyedPermits, Kind};

use crate::connection::counted_address;

/// The number of files that are sent at once.
const MOST: usize = 64;

/// The number of them for one address: a company may have one for all of its people.
const MOST_OF_ADDRESS: usize = 8;

/// The time after which a client should ask again.
const RETRY: Duration = Duration::from_secs(5);

/// The files that are being sent, by address.
#[derive(Clone, Debug, Default)]
pub(super) struct SendPermits(KeyedPermits<IpAddr>);

/// A file that is being sent, which is counted until this is dropped.
pub(super) type SendPermit = KeyedPermit<IpAddr>;

impl SendPermits {
    /// Takes a place for a file to an address.
    ///
    /// # Errors
    ///
    /// Limited if there are too many.
    pub(super) fn take(&self, address: Option<IpAddr>) -> Result<SendPermit, Failure> {
        let address = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), counted_address);
        let permit = self.0.take(&address, |own, all| own < MOST_OF_ADDRESS && all < MOST);
        permit.ok_or_else(too_many)
    }
}

fn too_many() -> Failure {
    Failure::new(Kind::Limited, "Too many files are being downloaded.")
        .hint("Retry when some of them have ended.")
        .retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: usize) -> IpAddr {
        let last = u8::try_from(last).unwrap();
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    #[test]
    fn an_address_downloads_a_bounded_number_of_files_at_once() {
        let places = SendPermits::default();
        let mut own: Vec<_> =
            (0..MOST_OF_ADDRESS).map(|_| places.take(Some(address(1))).unwrap()).collect();
        assert_eq!(places.take(Some(address(1))).unwrap_err().kind, Kind::Limited);
        let _other = places.take(Some(address(2))).unwrap();
        own.pop();
        let _again = places.take(Some(address(1))).unwrap();
        assert!(places.take(Some(address(1))).is_err());
    }

    #[test]
    fn all_addresses_together_download_a_bounded_number_of_files() {
        let places = SendPermits::default();
        let all: Vec<_> =
            (0..MOST).map(|number| places.take(Some(address(number))).unwrap()).collect();
        assert!(places.take(Some(address(200))).is_err());
        drop(all);
        assert!(places.0.is_empty());
        assert!(places.take(None).is_ok());
    }
}
