//! Addresses and names of the internet, as opposed to those of a machine, a network or a cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The blocks of IPv4 that are not in the internet (IANA's registry of special-purpose addresses), as address
/// and length of the prefix. Clouds answer with a machine's metadata in the link-local one, and Azure also at
/// `168.63.129.16`.
const SPECIAL: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Ends of names that are not public.
const PRIVATE: [&str; 7] =
    [".internal", ".local", ".localhost", ".localdomain", ".lan", ".home.arpa", ".svc"];

/// Returns whether a host, in lower case and without its port, is a public name: it has a dot, and is not a
/// number or an address. Nothing is resolved: the name may still lead to an address that is not public.
pub fn is_public_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && last.bytes().any(|b| b.is_ascii_alphabetic())
        && !last.starts_with("0x")
        && !PRIVATE.iter().any(|end| host.ends_with(end))
}

/// Returns whether the host of a URL is this machine: `localhost`, or a loopback address, with the brackets that a URL has
/// around one of IPv6.
pub fn is_loopback_host(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = inner.unwrap_or(host).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
}

/// Returns whether an address is one in the internet. An address of IPv6 that stands for one of IPv4 (mapped, NAT64,
/// 6to4, Teredo) is not, whichever that is.
pub fn is_public_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let is_in = |(block, length): ([u8; 4], u32)| {
        let shift = u32::BITS - length;
        ip.to_bits() >> shift == Ipv4Addr::from(block).to_bits() >> shift
    };
    !SPECIAL.into_iter().any(is_in)
}

/// Of IPv6, `2000::/3` is in the internet, without what stands for an address of IPv4 or is for documents.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_special = match (first, second) {
        // IETF protocols, Teredo among them; documentation; 6to4; documentation.
        (0x2001, 0..0x200 | 0xdb8) | (0x2002, _) | (0x3fff, 0..0x1000) => true,
        _ => false,
    };
    first >> 13 == 1 && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_this_machine_are_loopback() {
        for own in ["localhost", "127.0.0.1", "127.9.8.7", "[::1]"] {
            assert!(is_loopback_host(own), "{own}");
        }
        for other in ["", "localhost.example.com", "a.localhost", "0.0.0.0", "10.0.0.1", "[::2]"] {
            assert!(!is_loopback_host(other), "{other}");
        }
    }

    #[test]
    fn only_addresses_in_the_internet_are_public() {
        for public in ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_public_address(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::a00:1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::1",
        ] {
            assert!(!is_public_address(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn only_public_dns_names_are_public() {
        for public in ["ghcr.io", "registry-1.docker.io", "xn--bcher-kva.example", "a.0x.dev"] {
            assert!(is_public_name(public), "{public}");
        }
        for other in [
            "",
            "localhost",
            "intranet",
            "169.254.169.254",
            "0x7f.0x1",
            "2130706433",
            "metadata.google.internal",
            "db.svc",
            "printer.local",
            "x.localhost",
            "example.com.",
        ] {
            assert!(!is_public_name(other), "{other}");
        }
    }
}
