//! The hosts that a workspace may use: those that end with `.{slug}.{base}`, and those of its attached domains.

use covibe_domain::{DomainName, Failure, Slug, names};

/// A workspace's domain namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    suffix: String,
    base: String,
    domains: Vec<DomainName>,
}

impl Namespace {
    /// Creates the namespace of this workspace below the domain `base`.
    pub fn new(slug: &Slug, base: &str) -> Self {
        let (suffix, base) = (names::domain_suffix(slug, base), base.to_ascii_lowercase());
        Self { suffix, base, domains: Vec::new() }
    }

    /// Adds domains that the workspace has registered and attached. Nothing at or below the base is a host of
    /// theirs: that is where the other workspaces' hosts are.
    #[must_use]
    pub fn with_domains(self, domains: Vec<DomainName>) -> Self {
        Self { domains, ..self }
    }

    /// Returns the default host of an app of this name.
    pub fn host_for(&self, app: &str) -> String {
        format!("{}{}", names::label(app), self.suffix)
    }

    /// Returns the host that an agent wrote, as a host or as an HTTP(S) URL without a path, in lower
    /// case.
    ///
    /// # Errors
    /// 403 if the host is outside the namespace; 422 if it is inside and not a valid host name, if the text is a
    /// URL of a host inside with more than the host, or a bare label. The hint names the host that was meant, or the
    /// default host of `app`.
    pub fn host(&self, written: &str, app: &str) -> Result<String, Failure> {
        let bare = written.trim().to_ascii_lowercase();
        let bare = bare.strip_prefix("https://").or(bare.strip_prefix("http://")).unwrap_or(&bare);
        let host = without_root(bare.trim_end_matches('/'));
        if is_url_syntax(host) || !self.has(host) {
            return Err(self
                .meant_host_failure(host)
                .unwrap_or_else(|| self.foreign_host(host, app)));
        }
        if is_host(host) {
            return Ok(host.to_owned());
        }
        let hint = format!(
            "Each label must have 1 to 63 characters from a-z, 0-9 and hyphens, and must not \
             begin or end with a hyphen; write international names as xn--…. Use {}",
            self.host_for(app)
        );
        let shown = names::displayable(host, SHOWN);
        Err(Failure::rejected(format!("{shown} is not a valid host name.")).hint(hint))
    }

    fn has(&self, host: &str) -> bool {
        let is_in_base = || {
            host.strip_suffix(&self.base).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        host.ends_with(&self.suffix)
            || (!is_in_base() && self.domains.iter().any(|domain| domain.contains(host)))
    }

    /// Returns the refusal of a text that means a host of the namespace: a URL of one, or one label.
    fn meant_host_failure(&self, text: &str) -> Option<Failure> {
        let shown = names::displayable(text, SHOWN);
        if !text.is_empty() && !text.contains('.') && !is_url_syntax(text) {
            let message = format!("Domain {shown} is not a complete host name.");
            let host = self.host_for(text);
            return Some(
                Failure::rejected(message).hint(format!("Did you mean {host}? Pass that.")),
            );
        }
        let host = host_of_url(text).filter(|host| is_host(host) && self.has(host))?;
        let message = format!("Domain {shown} contains more than a host.");
        let hint = format!(
            "Pass {host}: people open it with https and without a port. A path can't be set; the \
             port in the container is another parameter."
        );
        Some(Failure::rejected(message).hint(hint))
    }

    fn foreign_host(&self, host: &str, app: &str) -> Failure {
        let shown = names::displayable(host, SHOWN);
        let message = format!("Domain {shown} is not allowed; must end with {}", self.suffix);
        let hint = format!(
            "Use {}. The user's own domain works once it is registered with domains.register and \
             attached with domains.attach.",
            self.host_for(app)
        );
        Failure::forbidden(message).hint(hint)
    }
}

/// The maximum number of characters of a refused text that are shown.
const SHOWN: usize = 253;

/// Returns a name without the root of DNS, with which a fully qualified one may end.
fn without_root(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Returns the host to which a URL without a user leads, whatever its scheme.
fn host_of_url(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(without_root(host))
}

fn is_host(host: &str) -> bool {
    host.len() <= 253 && host.split('.').all(is_label)
}

/// Returns whether a text has characters by which a URL could lead to another host.
fn is_url_syntax(text: &str) -> bool {
    text.contains(['/', '\\', '@', ':', '?', '#', ',', '`'])
}

/// Returns whether a text is a label of a host name (RFC 1123).
fn is_label(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_part)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark() -> Namespace {
        Namespace::new(&"mark".parse().unwrap(), "vibnai.com")
    }

    #[test]
    fn accepts_only_hosts_below_the_workspace() {
        assert_eq!(
            mark().host("https://API.mark.vibnai.com/", "x").unwrap(),
            "api.mark.vibnai.com"
        );
        assert!(mark().host("a.b.mark.vibnai.com", "x").is_ok());
        let wrong = [
            "evil.com",
            "my-site.justine.vibnai.com",
            "mark.vibnai.com",
            "evil.com/.mark.vibnai.com",
            "evil.com,x.mark.vibnai.com",
            "user@x.mark.vibnai.com",
            "user:1@x.mark.vibnai.com",
            "evil.com:1/x.mark.vibnai.com",
            "evil.com\\x.mark.vibnai.com",
            "evil.com#x.mark.vibnai.com",
            "http://https://x.mark.vibnai.com@evil.com",
            "x.mark.vibnai.com:80@evil.com",
            "",
            "x.mark.vibnai.com.evil.com",
        ];
        for host in wrong {
            assert_eq!(mark().host(host, "x").unwrap_err().kind.status(), 403, "{host}");
        }
    }

    #[test]
    fn rejects_invalid_labels_below_the_workspace() {
        let long = format!("{}.mark.vibnai.com", "a".repeat(64));
        let many = format!("{}x.mark.vibnai.com", "a.".repeat(125));
        for host in ["", "-x", "x-", "*", "a_b", "a..b", "ünï", "a b"] {
            let host = format!("{host}.mark.vibnai.com");
            assert_eq!(mark().host(&host, "x").unwrap_err().kind.status(), 422, "{host}");
        }
        assert_eq!(mark().host(&long, "x").unwrap_err().kind.status(), 422);
        assert_eq!(mark().host(&many, "x").unwrap_err().kind.status(), 422);
    }

    #[test]
    fn a_refusal_suggests_the_host_that_a_text_means() {
        let shop = DomainName::from_written("shop.ca").unwrap();
        let mark = mark().with_domains(vec![shop]);
        for (written, host) in [
            ("UPPER", "upper.mark.vibnai.com"),
            ("my_app", "my-app.mark.vibnai.com"),
            ("https://x", "x.mark.vibnai.com"),
            ("https://x.mark.vibnai.com:8080/path", "x.mark.vibnai.com"),
            ("X.mark.vibnai.com:8080", "x.mark.vibnai.com"),
            ("x.mark.vibnai.com/path?a=b@c", "x.mark.vibnai.com"),
            ("x.mark.vibnai.com#top", "x.mark.vibnai.com"),
            ("wss://x.mark.vibnai.com", "x.mark.vibnai.com"),
            ("shop.ca/.evil.com", "shop.ca"),
            ("http://www.shop.ca:80", "www.shop.ca"),
        ] {
            let refused = mark.host(written, "x").unwrap_err();
            let hint = refused.hint.unwrap();
            assert_eq!(refused.kind.status(), 422, "{written}");
            assert!(hint.contains(&format!(" {host}")), "{written}: {hint}");
            assert_eq!(mark.host(host, "x").unwrap(), host);
        }
    }

    #[test]
    fn accepts_international_and_fully_qualified_names() {
        let host = "xn--mnchen-3ya.mark.vibnai.com";
        assert_eq!(mark().host(host, "x").unwrap(), host);
        assert_eq!(
            mark().host("https://A--b.mark.vibnai.com./", "x").unwrap(),
            "a--b.mark.vibnai.com"
        );
    }

    #[test]
    fn accepts_attached_domains_and_hosts_below_them() {
        let domains = ["shop.ca", "vibnai.com", "x.mark.vibnai.com", "com.ai"];
        let domains = domains.map(|name| DomainName::from_written(name).unwrap());
        let mark = mark().with_domains(domains.to_vec());
        for host in ["shop.ca", "www.shop.ca", "a.b.shop.ca", "a.mark.vibnai.com"] {
            assert_eq!(mark.host(&format!("https://{host}/"), "x").unwrap(), host);
        }
        for host in [
            "myshop.ca",
            "shop.ca.evil.com",
            "evil.com@shop.ca",
            "evil.com/www.shop.ca",
            "vibnai.com",
            "www.vibnai.com",
            "x.justine.vibnai.com",
        ] {
            assert_eq!(mark.host(host, "x").unwrap_err().kind.status(), 403, "{host}");
        }
        for host in ["*.shop.ca", "a_b.shop.ca", ".shop.ca", "-.shop.ca"] {
            assert_eq!(mark.host(host, "x").unwrap_err().kind.status(), 422, "{host}");
        }
    }

    #[test]
    fn a_refusal_suggests_the_default_host() {
        let refused = mark().host("evil.com", "my-api").unwrap_err();
        assert_eq!(
            refused.message,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com"
        );
        let hint = refused.hint.unwrap();
        assert!(
            hint.starts_with("Use my-api.mark.vibnai.com. ") && hint.contains("domains.attach")
        );
        let odd = mark().host("a_b.mark.vibnai.com", "my-api").unwrap_err();
        let hint = odd.hint.unwrap();
        assert!(
            hint.starts_with("Each label must have")
                && hint.ends_with("Use my-api.mark.vibnai.com")
        );
    }

    proptest! {
        #[test]
        fn accepts_the_default_host_of_any_name(name in ".{0,100}") {
            let host = mark().host_for(&name);
            prop_assert_eq!(mark().host(&host, "x").unwrap(), host);
        }
    }
}
