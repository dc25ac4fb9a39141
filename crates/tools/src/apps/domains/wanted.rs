//! The domains that a call asks for.

use covibe_domain::Failure;
use covibe_policy::Namespace;

use crate::apps::address::Address;
use crate::apps::generated::is_made_up;

/// What an app has already where the domains go: a host outside the namespace that an operator has
/// added there may stay (C section 6.3).
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) present: &'a [Address],
    pub(super) uuid: &'a str,
}

impl Kept<'_> {
    /// The addresses of a host that stays as an operator has made it, for a text that is one.
    fn of(self, namespace: &Namespace, text: &str) -> Vec<Address> {
        let text = text.to_ascii_lowercase();
        let stays = |url: &&Address| {
            (url.host == text || url.public() == text || url.to_string() == text)
                && namespace.host(&url.host, "").is_err()
                && !is_made_up(&url.host, self.uuid)
        };
        self.present.iter().filter(stays).cloned().collect()
    }
}

/// Reads what an agent wrote: hosts, or URLs of one, each with the container's port or without;
/// the same host twice is meant once.
pub(super) fn read(
    namespace: &Namespace,
    written: &[String],
    app: &str,
    kept: Kept<'_>,
) -> Result<Vec<Address>, Failure> {
    let mut wanted: Vec<Address> = Vec::new();
    for (at, text) in written.iter().enumerate() {
        let stay = kept.of(namespace, text.trim());
        if !stay.is_empty() {
            let is_new = |url: &Address| !wanted.contains(url);
            let stay: Vec<_> = stay.into_iter().filter(is_new).collect();
            wanted.extend(stay);
            continue;
        }
        let address = one(namespace, text.trim(), app, at)?;
        match wanted.iter_mut().find(|other| other.host == address.host) {
            None => wanted.push(address),
            Some(other) if other.port.is_none() => other.port = address.port,
            Some(other) if address.port.is_none() || other.port == address.port => {}
            Some(_) => {
                let host = &address.host;
                return Err(Failure::invalid(format!(
                    "`domains[{at}]` names {host} again, with another port."
                ))
                .hint("A host leads to one port."));
            }
        }
    }
    Ok(wanted)
}

fn one(namespace: &Namespace, text: &str, app: &str, at: usize) -> Result<Address, Failure> {
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
    // First: a host of somebody else is refused however it is dressed up (C section 6.2).
    let host = namespace.host(host, app)?;
    let invalid = |what: &str| {
        Err(Failure::invalid(format!("`domains[{at}]` {what}.")).hint(format!(
            "A host, or its URL with the container's port: {host} or https://{host}:3000"
        )))
    };
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return invalid("must be of http or https");
    }
    if userinfo.is_some() || !matches!(tail, "" | "/") {
        return invalid("must have no path, query or user name");
    }
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return invalid("must have a port from 1 to 65535, or none"),
    };
    Ok(Address::of(&scheme, host, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: &str = "zg4cwgc44ogc08804000gggo";

    fn mark() -> Namespace {
        Namespace::new(&"mark".parse().unwrap(), "vibnai.com")
    }

    fn wanted(written: &[&str]) -> Result<Vec<String>, Failure> {
        let written: Vec<_> = written.iter().map(|text| (*text).to_owned()).collect();
        let kept = Kept { present: &[], uuid: UUID };
        let read = read(&mark(), &written, "my-api", kept);
        read.map(|all| all.iter().map(Address::to_string).collect())
    }

    #[test]
    fn what_an_operator_has_added_may_stay_as_it_is() {
        let made_up = format!("https://web-{UUID}.10.0.0.1.sslip.io");
        let present = ["http://shop.test:8080/v1", "https://shop.test", made_up.as_str()];
        let present: Vec<_> = present.iter().filter_map(|url| Address::read(url)).collect();
        let kept = |texts: &[&str]| {
            let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
            let read = read(&mark(), &texts, "x", Kept { present: &present, uuid: UUID });
            read.map(|all| all.iter().map(Address::to_string).collect::<Vec<_>>())
        };
        let both = ["http://shop.test:8080/v1", "https://shop.test"];
        assert_eq!(kept(&["Shop.test"]).unwrap(), both);
        assert_eq!(kept(&["http://shop.test/v1", "shop.test"]).unwrap(), both);
        assert_eq!(kept(&["https://shop.test"]).unwrap(), both[1..]);
        for other in ["shop.test:9", "https://shop.test/v2", "www.shop.test", &made_up[8..]] {
            assert_eq!(kept(&[other]).unwrap_err().kind.status(), 403, "{other}");
        }
    }

    #[test]
    fn hosts_and_urls_are_read_and_merged() {
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
            (&[], &[]),
        ] {
            assert_eq!(wanted(written).unwrap(), read, "{written:?}");
        }
    }

    #[test]
    fn other_hosts_are_forbidden_and_other_parts_invalid() {
        for (text, status) in [
            ("evil.com", 403),
            ("my-site.justine.vibnai.com", 403),
            ("mark.vibnai.com", 403),
            ("*.mark.vibnai.com", 403),
            ("127.0.0.1", 403),
            ("[::1]:80", 403),
            ("evil.com/.mark.vibnai.com", 403),
            ("evil.com#.mark.vibnai.com", 403),
            ("evil.com\\.mark.vibnai.com", 403),
            ("https://x.mark.vibnai.com@evil.com", 403),
            ("x.mark.vibnai.com,evil.com", 403),
            ("x.mark.vibnai.com.", 403),
            ("", 403),
            ("ftp://a.mark.vibnai.com", 400),
            ("user:hunter2@a.mark.vibnai.com", 400),
            ("a.mark.vibnai.com/path", 400),
            ("a.mark.vibnai.com?x", 400),
            ("a.mark.vibnai.com:0", 400),
            ("a.mark.vibnai.com:70000", 400),
            ("a.mark.vibnai.com:x", 400),
        ] {
            let failure = wanted(&[text]).unwrap_err();
            assert_eq!(failure.kind.status(), status, "{text}: {failure}");
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
        let twice = wanted(&["a.mark.vibnai.com:1", "a.mark.vibnai.com:2"]).unwrap_err();
        assert_eq!(twice.kind.status(), 400);
        let refused = wanted(&["evil.com"]).unwrap_err();
        assert_eq!(
            refused.message,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com"
        );
        assert_eq!(refused.hint.as_deref(), Some("Use my-api.mark.vibnai.com"));
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_host_of_the_workspace(text in "\\PC{0,20}(\\.mark\\.vibnai\\.com)?\\PC{0,6}") {
            for url in wanted(&[text.as_str()]).unwrap_or_default() {
                let address = Address::read(&url).unwrap();
                prop_assert!(address.host.ends_with(".mark.vibnai.com"), "{}", url);
                prop_assert!(!url.contains([',', ' ', '@', '?', '#']), "{}", url);
                prop_assert_eq!(address.to_string(), url);
            }
        }
    }
}
