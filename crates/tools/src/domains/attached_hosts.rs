//! The hosts of a domain that a call attaches.

use covibe_domain::{DomainName, Failure, names};

/// The longest subdomain, in characters.
pub(super) const LONGEST: usize = 253;

/// The domain itself, as zone files write it.
pub(super) const APEX: &str = "@";

/// The hosts of a call that names none.
const USUAL: [&str; 2] = [APEX, "www"];

/// Returns the hosts that these subdomains stand for, each once.
///
/// # Errors
///
/// Invalid for a text that is not a host.
pub(super) fn hosts(
    domain: &DomainName,
    subdomains: Option<&[String]>,
) -> Result<Vec<DomainName>, Failure> {
    let usual = USUAL.map(str::to_owned);
    let mut hosts = Vec::new();
    for text in subdomains.unwrap_or(&usual) {
        let host = host(domain, text.trim())?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

fn host(domain: &DomainName, text: &str) -> Result<DomainName, Failure> {
    if text == APEX {
        return Ok(domain.clone());
    }
    // A dot at an end would make another name of it.
    let is_bare = !text.is_empty() && !text.ends_with('.');
    let host = DomainName::from_written(&format!("{text}.{domain}"));
    host.ok().filter(|host| is_bare && domain.contains(host.as_str())).ok_or_else(|| {
        let shown = names::displayable(text, LONGEST);
        Failure::invalid(format!("{shown} is not a subdomain."))
            .hint(format!("Pass a name such as www for www.{domain}, or @ for {domain} itself."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_hosts(subdomains: Option<&[&str]>) -> Result<Vec<String>, Failure> {
        let domain = DomainName::from_written("shop.ca").unwrap();
        let subdomains: Option<Vec<String>> =
            subdomains.map(|all| all.iter().map(|text| (*text).to_owned()).collect());
        let hosts = hosts(&domain, subdomains.as_deref())?;
        Ok(hosts.into_iter().map(String::from).collect())
    }

    #[test]
    fn accepts_hosts_at_or_below_the_domain_and_rejects_malformed_ones() {
        assert_eq!(parse_hosts(None).unwrap(), ["shop.ca", "www.shop.ca"]);
        assert_eq!(
            parse_hosts(Some(&["WWW", "@", "www", "a.b"])).unwrap(),
            ["www.shop.ca", "shop.ca", "a.b.shop.ca"]
        );
        assert_eq!(parse_hosts(Some(&["bücher"])).unwrap(), ["xn--bcher-kva.shop.ca"]);
        for bad in ["", "*", "_acme", "-a", "a..b", "a.", ".", "a/b", "@.x", "evil.com/", "a b"] {
            assert_eq!(parse_hosts(Some(&[bad])).unwrap_err().kind.status(), 400, "{bad}");
        }
    }
}
