//! The hosts that a workspace may use: those that end with `.{slug}.{base}`.

use covibe_domain::{Failure, Slug, names};

/// A workspace's domain namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    suffix: String,
}

impl Namespace {
    /// Creates the namespace of this workspace below the domain `base`.
    pub fn new(slug: &Slug, base: &str) -> Self {
        Self { suffix: names::domain_suffix(slug, base) }
    }

    /// Returns the default host of an app of this name.
    pub fn host_for(&self, app: &str) -> String {
        format!("{}{}", names::label(app), self.suffix)
    }

    /// Returns the host that an agent wrote, as a host or as an HTTP(S) URL without a path, in lower
    /// case.
    ///
    /// # Errors
    /// 403 if the host is outside the namespace; 422 if it is inside and not a valid host name. The hint
    /// names the default host of `app`.
    pub fn host(&self, written: &str, app: &str) -> Result<String, Failure> {
        let bare = written.trim().to_ascii_lowercase();
        let bare = bare.strip_prefix("https://").or(bare.strip_prefix("http://")).unwrap_or(&bare);
        let host = bare.trim_end_matches('/');
        // The root of DNS, which a fully qualified name may end with.
        let host = host.strip_suffix('.').unwrap_or(host);
        let shown = names::shown(host, 253);
        let Some(labels) = host.strip_suffix(&self.suffix).filter(|rest| !is_url_syntax(rest))
        else {
            let message = format!("Domain {shown} is not allowed; must end with {}", self.suffix);
            return Err(Failure::forbidden(message).hint(format!("Use {}", self.host_for(app))));
        };
        if host.len() <= 253 && labels.split('.').all(is_label) {
            return Ok(host.to_owned());
        }
        let hint = format!(
            "Each label has 1 to 63 of a-z, 0-9 and hyphens, and a hyphen at neither end; \
             international names are written as xn--…. Use {}",
            self.host_for(app)
        );
        Err(Failure::rejected(format!("{shown} is not a valid host name.")).hint(hint))
    }
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
            "x.mark.vibnai.com:8080",
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
    fn accepts_international_and_fully_qualified_names() {
        let host = "xn--mnchen-3ya.mark.vibnai.com";
        assert_eq!(mark().host(host, "x").unwrap(), host);
        assert_eq!(
            mark().host("https://A--b.mark.vibnai.com./", "x").unwrap(),
            "a--b.mark.vibnai.com"
        );
    }

    #[test]
    fn suggests_the_default_host() {
        let refused = mark().host("evil.com", "my-api").unwrap_err();
        assert_eq!(
            refused.message,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com"
        );
        assert_eq!(refused.hint.as_deref(), Some("Use my-api.mark.vibnai.com"));
        let odd = mark().host("a_b.mark.vibnai.com", "my-api").unwrap_err();
        let hint = odd.hint.unwrap();
        assert!(hint.starts_with("Each label has") && hint.ends_with("Use my-api.mark.vibnai.com"));
    }

    proptest! {
        #[test]
        fn accepts_the_default_host_of_any_name(name in ".{0,100}") {
            let host = mark().host_for(&name);
            prop_assert_eq!(mark().host(&host, "x").unwrap(), host);
        }
    }
}
