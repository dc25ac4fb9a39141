//! The proof by which a runner on this machine shows that it has the token before it is sent the token.
//!
//! Any user of a machine, and any job, can listen on a loopback address that no runner uses at the moment, or on
//! another address of the name `localhost`. So a caller first sends a challenge that needs no token, and the token only
//! to a program that already has it. The proof is valid for one address: a program that passes the challenge on to a
//! runner at another address gets a proof that the caller does not accept.

use std::net::{IpAddr, SocketAddr};

use covibe_domain::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::{Host, Url};

/// The path at which a runner answers a challenge.
pub const HEALTH: &str = "/health";

/// The parameter of the query that has the challenge.
pub const CHALLENGE: &str = "challenge";

/// The longest challenge, in bytes.
const MAX_CHALLENGE: usize = 64;

/// The answer to a request for the health of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The proof, if there was a challenge on a loopback address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Returns the proof of a runner that was reached at this address: 64 hexadecimal digits. None if the address is one
/// that other machines can reach, or if the challenge is not one of a caller.
pub fn prove(token: &Secret, address: SocketAddr, challenge: &str) -> Option<String> {
    let mac = authenticate(token, address, challenge)?;
    Some(hex::encode(mac.finalize().into_bytes()))
}

/// Returns whether a proof shows that the program at this address has the token, in a time that does not depend on it.
pub(super) fn has_valid_proof(
    token: &Secret,
    address: SocketAddr,
    challenge: &str,
    proof: Option<&str>,
) -> bool {
    let proof = proof.and_then(|proof| hex::decode(proof).ok());
    let mac = authenticate(token, address, challenge);
    proof.zip(mac).is_some_and(|(proof, mac)| mac.verify_slice(&proof).is_ok())
}

fn authenticate(token: &Secret, address: SocketAddr, challenge: &str) -> Option<Hmac<Sha256>> {
    // An address of IPv4 is one of IPv6 at a socket that accepts both.
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_challenge =
        (1..=MAX_CHALLENGE).contains(&challenge.len()) && challenge.bytes().all(is_part);
    if !address.ip().is_loopback() || !is_challenge {
        return None;
    }
    // A key of any length is valid.
    let mac = Hmac::<Sha256>::new_from_slice(token.expose().as_bytes()).ok()?;
    Some(mac.chain_update(format!("covibe-agent-runner {address} {challenge}")))
}

/// Returns the address of a URL that leads to a program of this machine without TLS; none for another URL.
pub(super) fn plain_loopback(url: &Url) -> Option<SocketAddr> {
    let ip = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip).to_canonical(),
        Host::Domain(_) => return None,
    };
    let is_plain_loopback = url.scheme() == "http" && ip.is_loopback();
    Some(SocketAddr::new(ip, url.port_or_known_default()?)).filter(|_| is_plain_loopback)
}

/// Returns whether a URL without TLS names this machine, which has several addresses.
pub(super) fn is_plain_local_name(url: &Url) -> bool {
    let name = url.domain().unwrap_or_default().trim_end_matches('.');
    url.scheme() == "http" && (name == "localhost" || name.ends_with(".localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_proof_is_accepted_only_for_its_token_address_and_challenge() {
        let [token, other] = ["a", "b"].map(|it| Secret::new(it.repeat(32)));
        let here = address("127.0.0.1:3333");
        let proof = prove(&token, here, "c-1").unwrap();
        assert!(has_valid_proof(&token, here, "c-1", Some(&proof)));
        assert!(!has_valid_proof(&other, here, "c-1", Some(&proof)));
        assert!(!has_valid_proof(&token, here, "c-2", Some(&proof)));
        for elsewhere in ["127.0.0.1:3334", "127.0.0.2:3333", "[::1]:3333"] {
            assert!(
                !has_valid_proof(&token, address(elsewhere), "c-1", Some(&proof)),
                "{elsewhere}"
            );
        }
        for wrong in [None, Some(""), Some("x"), Some(&proof[2..])] {
            assert!(!has_valid_proof(&token, here, "c-1", wrong), "{wrong:?}");
        }
        let both = address("[::ffff:127.0.0.1]:3333");
        assert_eq!(prove(&token, both, "c-1"), Some(proof));
    }

    #[test]
    fn a_runner_proves_nothing_to_other_machines_or_for_other_texts() {
        let token = Secret::new("a".repeat(32));
        assert_eq!(prove(&token, address("192.0.2.1:3333"), "c-1"), None);
        for challenge in ["", "a b", "127.0.0.1:1 c", &"c".repeat(65)] {
            assert_eq!(prove(&token, address("127.0.0.1:3333"), challenge), None, "{challenge}");
        }
    }

    #[test]
    fn only_plain_loopback_addresses_need_a_proof() {
        let place = |url: &str| plain_loopback(&url.parse().unwrap());
        assert_eq!(place("http://127.0.0.1:3333/"), Some(address("127.0.0.1:3333")));
        assert_eq!(place("http://[::1]"), Some(address("[::1]:80")));
        assert_eq!(place("http://[::ffff:127.0.0.1]:1"), Some(address("127.0.0.1:1")));
        for other in ["https://127.0.0.1:3333", "http://192.0.2.1", "http://localhost:3333"] {
            assert_eq!(place(other), None, "{other}");
        }
    }

    #[test]
    fn names_of_this_machine_are_recognised() {
        let is_local = |url: &str| is_plain_local_name(&url.parse().unwrap());
        for url in ["http://localhost:3333", "http://LOCALHOST.:1", "http://runner.localhost"] {
            assert!(is_local(url), "{url}");
        }
        for url in ["https://localhost", "http://127.0.0.1", "http://localhost.example"] {
            assert!(!is_local(url), "{url}");
        }
    }
}
