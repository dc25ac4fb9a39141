//! The domains that a call asks for.

use covibe_domain::Failure;
use covibe_policy::Namespace;

use super::errors::{invalid_url, second_port};
use crate::apps::app_urls::{Address, check_host};
use crate::apps::compose::generated_hosts::is_generated;

/// The URLs that an app has where the domains go. A host outside the namespace that the operator
/// attached may stay.
#[derive(Clone, Copy)]
pub(super) struct PresentDomains<'a> {
    pub(super) addresses: &'a [Address],
    pub(super) uuid: &'a str,
}

impl PresentDomains<'_> {
    /// Returns the URLs outside the namespace that `text` names, by host or URL.
    fn foreign_host(self, namespace: &Namespace, text: &str) -> Vec<Address> {
        let text = text.to_ascii_lowercase();
        let stays = |url: &&Address| {
            (url.host == text || url.public_url() == text || url.to_string() == text)
                && namespace.host(&url.host, "").is_err()
                && !is_generated(&url.host, self.uuid)
        };
        self.addresses.iter().filter(stays).cloned().collect()
    }
}

/// Returns the hosts of the workspace's namespace among the domains of a call.
pub(super) fn hosts(namespace: &Namespace, domains: &[String]) -> Vec<String> {
    let parse = |text: &String| parse_one(namespace, text.trim(), "", 0).ok();
    domains.iter().filter_map(parse).map(|address| address.host).collect()
}

/// Parses the domains of a call: hosts or URLs, each with or without the container's port. A
/// repeated host counts once.
///
/// # Errors
///
/// Forbidden for a host outside the namespace, invalid for anything else that cannot be set.
pub(super) fn parse(
    namespace: &Namespace,
    domains: &[String],
    app: &str,
    present: PresentDomains<'_>,
) -> Result<Vec<Address>, Failure> {
    let mut requested: Vec<Address> = Vec::new();
    for (at, text) in domains.iter().map(|text| text.trim()).enumerate() {
        let mut foreign = present.foreign_host(namespace, text);
        if foreign.is_empty() {
            merge(&mut requested, parse_one(namespace, text, app, at)?, at)?;
        } else {
            foreign.retain(|url| !requested.contains(url));
            requested.extend(foreign);
        }
    }
    Ok(requested)
}

/// Adds a URL, or the port of one whose host is there already.
fn merge(requested: &mut Vec<Address>, address: Address, at: usize) -> Result<(), Failure> {
    match requested.iter_mut().find(|other| other.host == address.host) {
        None => requested.push(address),
        Some(other) if other.port.is_none() => other.port = address.port,
        Some(other) if address.port.is_none() || other.port == address.port => {}
        Some(_) => return Err(second_port(at, &address.host)),
    }
    Ok(())
}

fn parse_one(namespace: &Namespace, text: &str, app: &str, at: usize) -> Result<Address, Failure> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (userinfo, authority) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) if !authority.starts_with('[') => (host, Some(port)),
        _ => (authority, None),
    };
    // First: a foreign host is forbidden whatever the rest of the URL is.
    let host = check_host(namespace, host, app, &format!("domains[{at}]"))?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(invalid_url(at, "must use http or https", &host));
    }
    if userinfo.is_some() || !matches!(tail, "" | "/") {
        return Err(invalid_url(at, "must have no path, query or user name", &host));
    }
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => {
            return Err(invalid_url(
                at,
                "must have a port from 1 to 65535, or no \
                                               port",
                &host,
            ));
        }
    };
    Ok(Address::new(&scheme, host, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: &str = "zg4cwgc44ogc08804000gggo";

    fn mark() -> Namespace {
        Namespace::new(&"mark".parse().unwrap(), "vibnai.com")
    }

    fn requested_hosts(written: &[&str]) -> Result<Vec<String>, Failure> {
        let written: Vec<_> = written.iter().map(|text| (*text).to_owned()).collect();
        let present = PresentDomains { addresses: &[], uuid: UUID };
        let read = parse(&mark(), &written, "my-api", present);
        read.map(|all| all.iter().map(Address::to_string).collect())
    }

    #[test]
    fn keeps_foreign_hosts_that_the_operator_attached() {
        let generated = format!("https://web-{UUID}.10.0.0.1.sslip.io");
        let present = ["http://shop.test:8080/v1", "https://shop.test", generated.as_str()];
        let present: Vec<_> = present.iter().filter_map(|url| Address::parse(url)).collect();
        let kept = |texts: &[&str]| {
            let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
            let present = PresentDomains { addresses: &present, uuid: UUID };
            let read = parse(&mark(), &texts, "x", present);
            read.map(|all| all.iter().map(Address::to_string).collect::<Vec<_>>())
        };
        let both = ["http://shop.test:8080/v1", "https://shop.test"];
        assert_eq!(kept(&["Shop.test"]).unwrap(), both);
        assert_eq!(kept(&["http://shop.test/v1", "shop.test"]).unwrap(), both);
        assert_eq!(kept(&["https://shop.test"]).unwrap(), both[1..]);
        for other in ["shop.test:9", "https://shop.test/v2", "www.shop.test", &generated[8..]] {
            assert_eq!(kept(&[other]).unwrap_err().kind.status(), 403, "{other}");
        }
    }

    #[test]
    fn parses_and_merges_hosts_and_urls() {
        for (written, read) in [
            (&["API.mark.vibnai.com"][..], &["https://api.mark.vibnai.com"][..]),
            (&["http://a.mark.vibnai.com/"], &["http://a.mark.vibnai.com"]),
            (&["a.mark.vibnai.com:3000"], &["https://a.mark.vibnai.com:3000"]),
            (
                &["a.mark.vibnai.com", "https://A.mark.vibnai.com:3000"],
                &["https://a.mark.vibnai.com:3000"],
            ),
            (
                &["b.mark.vibnai.com", "a.mark.vibnai.com", "b.mark.vibnai.com"],
                &["https://b.mark.vibnai.com", "https://a.mark.vibnai.com"],
            ),
            (&["xn--mnchen-3ya.mark.vibnai.com."], &["https://xn--mnchen-3ya.mark.vibnai.com"]),
            (&[], &[]),
        ] {
            assert_eq!(requested_hosts(written).unwrap(), read, "{written:?}");
        }
    }

    #[test]
    fn forbids_foreign_hosts_and_refuses_other_parts_of_urls() {
        for (text, status) in [
            ("evil.com", 403),
            ("my-site.justine.vibnai.com", 403),
            ("mark.vibnai.com", 403),
            ("*.mark.vibnai.com", 422),
            ("127.0.0.1", 403),
            ("[::1]:80", 403),
            ("evil.com/.mark.vibnai.com", 403),
            ("evil.com#.mark.vibnai.com", 403),
            ("evil.com\\.mark.vibnai.com", 403),
            ("https://x.mark.vibnai.com@evil.com", 403),
            ("x.mark.vibnai.com,evil.com", 403),
            ("", 403),
            ("ftp://a.mark.vibnai.com", 400),
            ("user:hunter2@a.mark.vibnai.com", 400),
            ("a.mark.vibnai.com/path", 400),
            ("a.mark.vibnai.com?x", 400),
            ("a.mark.vibnai.com:0", 400),
            ("a.mark.vibnai.com:70000", 400),
            ("a.mark.vibnai.com:x", 400),
        ] {
            let failure = requested_hosts(&[text]).unwrap_err();
            assert_eq!(failure.kind.status(), status, "{text}: {failure}");
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
        let twice = requested_hosts(&["a.mark.vibnai.com:1", "a.mark.vibnai.com:2"]).unwrap_err();
        assert_eq!(twice.kind.status(), 400);
        let refused = requested_hosts(&["evil.com"]).unwrap_err();
        assert_eq!(
            refused.message,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com"
        );
        assert!(refused.hint.unwrap().starts_with("Use my-api.mark.vibnai.com. "));
    }

    proptest! {
        #[test]
        fn parses_only_hosts_of_the_workspace(text in "\\PC{0,20}(\\.mark\\.vibnai\\.com)?\\PC{0,6}") {
            for url in requested_hosts(&[text.as_str()]).unwrap_or_default() {
                let address = Address::parse(&url).unwrap();
                prop_assert!(address.host.ends_with(".mark.vibnai.com"), "{}", url);
                prop_assert!(!url.contains([',', ' ', '@', '?', '#']), "{}", url);
                prop_assert_eq!(address.to_string(), url);
            }
        }
    }
}
