//! `[webhook] ALLOWED_HOST_LIST`: where hooks may deliver to.

use std::net::IpAddr;

use url::{Host, Url};

/// Returns whether a URL is allowed by the list.
pub(super) fn allows(list: &str, url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain("localhost")) => Some(IpAddr::from([127, 0, 0, 1])),
        _ => None,
    };
    let is_loopback = address.is_some_and(|address| address.is_loopback());
    let is_private = address.is_some_and(|address| match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    });
    list.split(',').map(str::trim).any(|entry| match entry {
        "*" => true,
        "external" => !is_loopback && !is_private,
        "private" => is_private,
        "loopback" => is_loopback,
        name => url.host_str() == Some(name),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_default_host_list_refuses_webhook_deliveries_to_internal_addresses() {
        let allows = |list, url: &str| super::allows(list, &url.parse().unwrap());
        for inside in
            ["http://127.0.0.1:80/", "http://localhost/", "http://10.0.0.7/", "http://[::1]/"]
        {
            assert!(!allows("external", inside) && allows("*", inside), "{inside}");
        }
        assert!(allows("external", "https://covibe.test/x"));
        assert!(allows("external, 10.0.0.7", "http://10.0.0.7/"));
        assert!(
            allows("private", "http://10.0.0.7/") && !allows("private", "http://10.0.0.7.test/")
        );
    }
}
