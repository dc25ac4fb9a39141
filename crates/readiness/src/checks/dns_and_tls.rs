//! DNS and TLS: whether the server is reached, and by a protected connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use ipnet::IpNet;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;
use crate::client::Handshake;

/// The days for which a certificate has to be valid.
const LEAST_DAYS: u64 = 14;

/// The days below which a certificate that is renewed by itself is late.
const USUAL_DAYS: u64 = 21;

/// A greeting of TLS 1.1, as an old client sends it.
const OLD_GREETING: &[u8] =
    b"\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x02covibe-readiness-asks-for-tls-11\x00\
    \x00\x06\xc0\x13\xc0\x14\x00\x2f\x01\x00";

/// Networks that do not lead to a server of the internet.
const NOT_PUBLIC: [&str; 31] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "::ffff:0:0:0/96",
];

static NETWORKS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| NOT_PUBLIC.iter().filter_map(|text| text.parse().ok()).collect());

/// The name leads to addresses.
pub(crate) async fn resolves(probe: &Probe) -> Verdict {
    let addresses = probe.client.addresses().await?;
    Ok(addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", "))
}

/// Every address is public.
pub(crate) async fn public(probe: &Probe) -> Verdict {
    let endpoint = format!("DNS {}", probe.target.host());
    if probe.target.is_rehearsal() {
        return Err(Finding::skip(&endpoint, "a local rehearsal has an address of this machine"));
    }
    let addresses = probe.client.addresses().await?;
    let private: Vec<_> =
        addresses.iter().filter(|address| !is_public_address(**address)).collect();
    if private.is_empty() {
        return Ok(format!("{} public addresses", addresses.len()));
    }
    let got = private.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(Finding::fail(&endpoint, "public addresses alone", got))
}

/// Every address accepts connections.
pub(crate) async fn addresses(probe: &Probe) -> Verdict {
    let reached = probe.client.reach().await?;
    let number = reached.len();
    let mut broken = reached.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    match broken.pop() {
        None => Ok(format!("{number} addresses accept connections")),
        Some(trouble) if broken.len() + 1 == number => Err(trouble.into()),
        Some(trouble) => {
            let expected = "every address accepts connections";
            Err(Finding::warn(&trouble.endpoint, expected, &trouble).fix(
                "Remove the address from DNS, or allow connections to it. A machine without IPv6 \
                 sees this for IPv6 addresses; check from another machine.",
            ))
        }
    }
}

/// The certificate is of a public authority and for this name, and the protocol is TLS 1.2 or later.
pub(crate) async fn chain(probe: &Probe) -> Verdict {
    let handshake = handshake(probe).await?;
    Ok(handshake.version)
}

/// The certificate is valid for two weeks.
pub(crate) async fn days(probe: &Probe) -> Verdict {
    judge_days(&probe.client.tls_endpoint(), &handshake(probe).await?)
}

/// Judges for how long the certificate of a handshake is valid.
pub(super) fn judge_days(endpoint: &str, handshake: &Handshake) -> Verdict {
    let Ok(certificate) = Certificate::from_der(&handshake.certificate) else {
        return Err(Finding::fail(endpoint, "a certificate", "something that cannot be read"));
    };
    let ends = certificate.tbs_certificate.validity.not_after.to_unix_duration();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = ends.saturating_sub(now).as_secs() / (24 * 60 * 60);
    let got = format!("{days} days left");
    match days {
        0..LEAST_DAYS => {
            Err(Finding::fail(endpoint, format!("at least {LEAST_DAYS} days left"), got))
        }
        LEAST_DAYS..USUAL_DAYS => {
            Err(Finding::warn(endpoint, format!("at least {USUAL_DAYS} days left"), got))
        }
        _ => Ok(got),
    }
}

/// The server refuses TLS 1.1.
pub(crate) async fn old_versions(probe: &Probe) -> Verdict {
    let endpoint = probe.client.tls_endpoint();
    if !probe.target.is_tls() {
        return Err(no_tls(&endpoint));
    }
    let answer = probe.client.raw(&endpoint, probe.target.port(), OLD_GREETING).await?;
    let is_accepted = answer.first() == Some(&0x16) && answer.get(5) == Some(&0x02);
    if is_accepted {
        return Err(Finding::fail(&endpoint, "TLS 1.1 is refused", "TLS 1.1 is accepted"));
    }
    Ok("TLS 1.1 is refused".to_owned())
}

/// Plain HTTP leads to https, and nowhere else.
pub(crate) async fn redirect(probe: &Probe) -> Verdict {
    let endpoint = "GET http:// /api/health";
    if probe.target.is_rehearsal() || probe.target.port() != 443 {
        return Err(Finding::skip(
            endpoint,
            "the redirect is checked only for an origin on port 443",
        ));
    }
    let host = probe.target.host();
    let request = format!("GET /api/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = probe.client.raw(endpoint, 80, request.as_bytes()).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let mut lines = answer.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let location = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    });
    let location = location.unwrap_or_default();
    let ours = format!("{}/api/health", probe.target.origin());
    if matches!(status.as_str(), "301" | "308") && is_same_address(&location, &ours) {
        return Ok(format!("{status} to https"));
    }
    Err(Finding::fail(endpoint, format!("301 or 308 to {ours}"), format!("{status} {location}")))
}

/// Returns whether two addresses are the same: some load balancers name the port 443.
fn is_same_address(location: &str, ours: &str) -> bool {
    Url::parse(location).is_ok_and(|location| Ok(location) == Url::parse(ours))
}

async fn handshake(probe: &Probe) -> Result<Handshake, Finding> {
    if !probe.target.is_tls() {
        return Err(no_tls(&probe.client.tls_endpoint()));
    }
    Ok(probe.client.handshake().await?)
}

fn no_tls(endpoint: &str) -> Finding {
    Finding::skip(endpoint, "a local rehearsal may have no TLS")
}

/// Returns whether an address leads to a server of the internet, including by the address of IPv4 within one of IPv6.
pub(super) fn is_public_address(address: IpAddr) -> bool {
    let within = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => embedded_ipv4(address),
    };
    match within {
        Some(within) => is_public_address(IpAddr::V4(within)),
        None => !NETWORKS.iter().any(|network| network.contains(&address)),
    }
}

/// Returns the address of IPv4 that a gateway finds in one of IPv6.
fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, y, z] | [0x64, 0xff9b, 0, 0, 0, 0, y, z] => Some(from(y, z)),
        [0x2002, b, c, ..] => Some(from(b, c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_may_include_port_443_but_no_other_host() {
        let ours = "https://covibe.acme.dev/api/health";
        assert!(
            is_same_address(ours, ours)
                && is_same_address("https://covibe.acme.dev:443/api/health", ours)
        );
        for other in ["https://evil.example/api/health", "http://covibe.acme.dev/api/health", ""] {
            assert!(!is_same_address(other, ours), "{other}");
        }
    }

    #[test]
    fn public_addresses_are_distinguished_from_reserved_ones() {
        assert_eq!(NETWORKS.len(), NOT_PUBLIC.len());
        for address in ["8.8.8.8", "1.1.1.1", "2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8"] {
            assert!(is_public_address(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "172.31.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::1",
            "fd00:ec2::254",
            "fe80::1",
            "2001:db8::1",
            "fd20:ce::254",
            "ff02::1",
        ] {
            assert!(!is_public_address(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn the_lengths_within_the_old_tls_greeting_are_consistent() {
        let size = usize::from(u16::from_be_bytes([OLD_GREETING[3], OLD_GREETING[4]]));
        assert_eq!(OLD_GREETING.len() - 5, size);
        let inner = usize::from(OLD_GREETING[8]);
        assert_eq!(OLD_GREETING.len() - 9, inner);
    }
}
