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
    /// 403 if the host is outside the namespace, with the default host of `app` as the hint.
    pub fn host(&self, written: &str, app: &str) -> Result<String, Failure> {
        let bare = written.trim().to_ascii_lowercase();
        let bare = bare.strip_prefix("https://").or(bare.strip_prefix("http://")).unwrap_or(&bare);
        let host = bare.trim_end_matches('/');
        if self.contains(host) {
            return Ok(host.to_owned());
        }
        let shown = names::shown(host, 253);
        let message = format!("Domain {shown} is not allowed; must end with {}", self.suffix);
        let labels = if host.ends_with(&self.suffix) {
            "Its labels may only contain a-z, 0-9 and single hyphens. "
        } else {
            ""
        };
        Err(Failure::forbidden(message).hint(format!("{labels}Use {}", self.host_for(app))))
    }

    fn contains(&self, host: &str) -> bool {
        host.len() <= 253
            && host
                .strip_suffix(&self.suffix)
                .is_some_and(|labels| labels.split('.').all(|label| names::label(label) == label))
    }
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
            ".mark.vibnai.com",
            "evil.com/.mark.vibnai.com",
            "evil.com,x.mark.vibnai.com",
            "user@x.mark.vibnai.com",
            "x.mark.vibnai.com:8080",
            "x.mark.vibnai.com.evil.com",
            "-x.mark.vibnai.com",
            "*.mark.vibnai.com",
        ];
        for host in wrong {
            assert!(mark().host(host, "x").is_err(), "{host}");
        }
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
        assert!(
            hint.starts_with("Its labels may only") && hint.ends_with("Use my-api.mark.vibnai.com")
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
