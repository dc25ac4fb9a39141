//! The limits of files that are sent at once: a small request without a key brings a large answer.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use covibe_domain::{Failure, KeyedPermit, KeyedPermits, Kind, SharedPermit, SharedPermits};
use covibe_identity::{client_network, client_site};

/// The number of files that are sent at once. The networks of a site get half of them at most, and leave the last two to
/// sites that get none.
const MOST: usize = 64;

/// The number of them for one address: a company may have one for all of its people.
const MOST_OF_ADDRESS: usize = 8;

/// The time after which a client should ask again.
const RETRY: Duration = Duration::from_secs(5);

/// The files that are being sent, by address and by site.
#[derive(Clone, Debug)]
pub(super) struct SendPermits {
    of_addresses: KeyedPermits<IpAddr>,
    of_sites: SharedPermits<IpAddr>,
}

/// A file that is being sent, which is counted until this is dropped.
#[derive(Debug)]
pub(super) struct SendPermit {
    _of_address: KeyedPermit<IpAddr>,
    _of_site: SharedPermit<IpAddr>,
}

impl Default for SendPermits {
    fn default() -> Self {
        Self { of_addresses: KeyedPermits::default(), of_sites: SharedPermits::new(MOST) }
    }
}

impl SendPermits {
    /// Takes a place for a file to an address.
    ///
    /// # Errors
    ///
    /// Limited if there are too many.
    pub(super) fn take(&self, address: Option<IpAddr>) -> Result<SendPermit, Failure> {
        let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let of_address =
            self.of_addresses.take(&client_network(address), |own, _| own < MOST_OF_ADDRESS);
        let of_site = self.of_sites.take(Some(&client_site(address)));
        let permits = of_address.zip(of_site).ok_or_else(too_many)?;
        Ok(SendPermit { _of_address: permits.0, _of_site: permits.1 })
    }
}

fn too_many() -> Failure {
    Failure::new(Kind::Limited, "Too many files are being downloaded.")
        .hint("Retry once some of the downloads have finished.")
        .retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &SendPermits, address: &str) -> Result<SendPermit, Failure> {
        places.take(Some(address.parse().unwrap()))
    }

    #[test]
    fn an_address_downloads_a_bounded_number_of_files_at_once() {
        let places = SendPermits::default();
        let mut own: Vec<_> =
            (0..MOST_OF_ADDRESS).map(|_| take(&places, "192.0.2.1").unwrap()).collect();
        assert_eq!(take(&places, "192.0.2.1").unwrap_err().kind, Kind::Limited);
        let _other = take(&places, "192.0.2.2").unwrap();
        own.pop();
        let _again = take(&places, "192.0.2.1").unwrap();
        assert!(take(&places, "192.0.2.1").is_err());
    }

    #[test]
    fn the_networks_of_a_site_leave_places_to_other_sites() {
        for (site, other) in [("2001:db8:1:*::1", "2001:db8:2::1"), ("192.0.2.*", "192.0.3.1")] {
            let places = SendPermits::default();
            let address = |number: usize| site.replace('*', &number.to_string());
            let own: Vec<_> =
                (0..MOST).filter_map(|number| take(&places, &address(number)).ok()).collect();
            assert_eq!(own.len(), MOST / 2, "{site}");
            assert!(take(&places, other).is_ok(), "{site}");
        }
    }

    #[test]
    fn all_addresses_together_download_a_bounded_number_of_files() {
        let places = SendPermits::default();
        let address = |number: usize| format!("192.0.{number}.1");
        let all: Vec<_> =
            (0..MOST).map(|number| take(&places, &address(number)).unwrap()).collect();
        assert!(take(&places, &address(MOST)).is_err());
        drop(all);
        assert!(places.of_addresses.is_empty() && places.of_sites.is_empty());
        assert!(places.take(None).is_ok());
    }
}
