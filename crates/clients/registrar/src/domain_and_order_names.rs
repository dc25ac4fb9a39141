//! Names of domains, nameservers and orders, as OpenSRS takes them.

use covibe_domain::DomainName;

use crate::error::Error;

/// Returns the domain in lower case if it is one that can be registered: at least two labels, in ASCII
/// (`xn--…` where it is not), without a dot at the end.
pub(crate) fn domain(text: &str) -> Result<String, Error> {
    let name = DomainName::try_from(text.to_ascii_lowercase());
    let wants = "must be a domain in ASCII, such as example.com";
    name.map(String::from).map_err(|_| Error::invalid_value("domain", wants))
}

/// Returns the names of nameservers in lower case and without the dot at the end that a DNS provider
/// writes; OpenSRS does not want it. There must be 2 to 13, each named once.
pub(crate) fn nameservers(names: &[String]) -> Result<Vec<String>, Error> {
    let mut hosts: Vec<String> = Vec::new();
    for name in names {
        let host = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let host = DomainName::try_from(host).map(String::from).map_err(|_| {
            Error::invalid_value("nameservers", "must be host names, such as ns1.example.com")
        })?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    if !(2..=13).contains(&hosts.len()) {
        return Err(Error::invalid_value("nameservers", "must be 2 to 13 different hosts"));
    }
    Ok(hosts)
}

/// Returns an order's id if it has the form of one: 1 to 20 digits.
pub(crate) fn order(text: &str) -> Option<String> {
    let is_id = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_ascii_domain_names_are_accepted() {
        assert_eq!(domain("Example.COM").unwrap(), "example.com");
        assert_eq!(domain("xn--bcher-kva.example").unwrap(), "xn--bcher-kva.example");
        for bad in [
            "",
            "com",
            ".com",
            "a..b",
            "a.b.",
            "-a.b",
            "a-.b",
            "bücher.de",
            "a b.c",
            "1.2.3.4",
            "a.b\n",
            &format!("{}.com", "a".repeat(64)),
            &"a.".repeat(130),
        ] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nameservers_are_normalized_and_their_duplicates_removed() {
        let names = |names: &[&str]| {
            nameservers(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).ok()
        };
        let expected = Some(vec!["ns1.a.test".to_owned(), "ns2.a.test".to_owned()]);
        assert_eq!(names(&["NS1.a.test.", "ns2.a.test", "ns1.A.test"]), expected);
        assert_eq!(names(&["ns1.a.test.", "ns1.a.test"]), None);
        assert_eq!(names(&["ns1.a.test..", "ns2.a.test"]), None);
    }
}
