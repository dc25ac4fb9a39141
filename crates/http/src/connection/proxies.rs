//! The proxies in front of the server, and the address of a client behind them.

use std::net::IpAddr;
use std::str::FromStr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that the operator trusts to name the addresses of their clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// The error for a text that is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidProxy;

impl Proxies {
    /// Reads addresses like `10.0.0.7` and networks like `10.0.0.0/8`.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] if one is neither.
    pub fn new<'a>(proxies: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidProxy> {
        proxies.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether an address is a trusted proxy's.
    pub(super) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the address of the client on whose behalf a trusted proxy asks: the last one of
    /// `X-Forwarded-For` that is not a trusted proxy's. Everything before it was sent by that client, in
    /// whatever bytes. Without such an address, the proxy itself is the client.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.contain(peer) {
            return None;
        }
        let values: Vec<_> = headers.get_all(&FORWARDED_FOR).collect();
        let values = values.into_iter().rev().map(HeaderValue::as_bytes);
        let parts = values.flat_map(|value| value.rsplit(|byte| *byte == b','));
        let mut addresses = parts.map_while(parse_forwarded);
        Some(addresses.find(|address| !self.contain(*address)).unwrap_or(peer))
    }
}

fn network(text: &str) -> Result<IpNet, InvalidProxy> {
    let address = IpAddr::from_str(text).map(|address| address.to_canonical().into());
    address.or_else(|_| IpNet::from_str(text)).map_err(|_| InvalidProxy)
}

/// Reads an address that some proxies write with a port.
fn parse_forwarded(part: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(part).ok()?.trim();
    let with_port = || text.parse::<std::net::SocketAddr>().map(|address| address.ip());
    text.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Option<String> {
        client_of_bytes(peer, forwarded.iter().map(|value| value.as_bytes()))
    }

    fn client_of_bytes<'a>(
        peer: &str,
        forwarded: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value).unwrap());
        }
        let proxies = Proxies::new(["10.0.0.0/8", "fd00::1"]).unwrap();
        proxies.client(peer.parse().unwrap(), &headers).map(|address| address.to_string())
    }

    #[test]
    fn uses_the_last_forwarded_address_that_is_not_a_proxys() {
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]).as_deref(), Some("192.0.2.7"));
        let forged = ["198.51.100.1, 192.0.2.7, 10.9.9.9"];
        assert_eq!(client("fd00::1", &forged).as_deref(), Some("192.0.2.7"));
        let two = ["198.51.100.1", "192.0.2.7:4711"];
        assert_eq!(client("::ffff:10.0.0.1", &two).as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn ignores_forwarded_addresses_from_clients_that_are_not_proxies() {
        assert_eq!(client("192.0.2.1", &["198.51.100.1"]), None);
    }

    #[test]
    fn falls_back_to_the_proxys_address_if_no_client_address_can_be_read() {
        let mixed = b"\xff, 198.51.100.1,\xfe, 192.0.2.7".as_slice();
        assert_eq!(client_of_bytes("10.0.0.1", [mixed]).as_deref(), Some("192.0.2.7"));
        for unknown in [&[][..], &["198.51.100.1, unknown"], &["10.0.0.2"], &[""]] {
            assert_eq!(client("10.0.0.1", unknown).as_deref(), Some("10.0.0.1"), "{unknown:?}");
        }
    }

    #[test]
    fn rejects_what_is_neither_an_address_nor_a_network() {
        for bad in ["", "proxy", "10.0.0.0/33", "10.0.0.1:80"] {
            assert_eq!(Proxies::new([bad]), Err(InvalidProxy), "{bad}");
        }
    }
}
