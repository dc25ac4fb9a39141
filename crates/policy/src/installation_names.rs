//! The names of the installation itself, which are never a workspace's.

use covibe_domain::hosted_origin::RESERVED_TLDS;
use covibe_domain::{DomainName, Failure};

use crate::Namespace;

/// The domain below which the workspaces have their hosts, and the hosts of this server and its upstreams.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    names: Vec<DomainName>,
}

impl Installation {
    /// Creates the installation whose workspaces are below `base`, and which has these hosts. An address has no
    /// name that anybody could buy, and is left out.
    pub fn new<'a>(base: &'a str, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        let all = std::iter::once(base).chain(hosts);
        Self { names: all.filter_map(|host| DomainName::from_written(host).ok()).collect() }
    }

    /// Checks that a workspace may have a domain: it is not one of the installation's names, not below one, and not
    /// above one.
    ///
    /// # Errors
    /// 422 otherwise.
    pub fn check_domain(&self, name: &DomainName) -> Result<(), Failure> {
        let is_own = |own: &DomainName| own.contains(name.as_str()) || name.contains(own.as_str());
        if !self.names.iter().any(is_own) {
            return Ok(());
        }
        let message = format!("{name} belongs to the operator of this server: it is not for sale.");
        Err(Failure::rejected(message).hint("Choose another domain."))
    }

    /// Checks that the hosts of a workspace may lead to another host: it is one of the internet or of the
    /// workspace, and none of the installation.
    ///
    /// # Errors
    /// 422 otherwise.
    pub fn check_target(&self, target: &DomainName, own: &Namespace) -> Result<(), Failure> {
        let last = target.as_str().rsplit('.').next().unwrap_or_default();
        if RESERVED_TLDS.contains(&last) {
            return Err(Failure::rejected(format!("{target} is not a public host.")).hint(
                "Pass a public host as `cname`: visitors of this one would reach their own network.",
            ));
        }
        let is_foreign = self.names.iter().any(|name| name.contains(target.as_str()));
        if !is_foreign || own.host(target.as_str(), "").is_ok() {
            return Ok(());
        }
        Err(Failure::rejected(format!("{target} is not a host of this workspace.")).hint(
            "Pass `appUuid` for an app of the workspace, or a host outside this installation.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::from_written(text).unwrap()
    }

    fn installation() -> Installation {
        let hosts = ["co-vibe.example.com", "git.vibn.io", "10.0.0.7", "localhost", "gitea"];
        Installation::new("vibnai.com", hosts)
    }

    #[test]
    fn domains_of_the_installation_and_above_cannot_be_registered() {
        for own in ["vibnai.com", "www.vibnai.com", "example.com", "git.vibn.io", "vibn.io"] {
            let refused = installation().check_domain(&name(own)).unwrap_err();
            assert_eq!(refused.kind.status(), 422, "{own}");
        }
        for free in ["myvibnai.com", "vibnai.ca", "com.ai", "example.ca"] {
            assert!(installation().check_domain(&name(free)).is_ok(), "{free}");
        }
    }

    #[test]
    fn internal_hosts_and_hosts_of_others_are_refused_as_targets() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        for inside in [
            "metadata.google.internal",
            "foo.local",
            "a.localhost",
            "router.lan",
            "nas.home.arpa",
            "x.test",
            "vibnai.com",
            "shop.justine.vibnai.com",
            "co-vibe.example.com",
            "git.vibn.io",
        ] {
            let refused = installation().check_target(&name(inside), &mark).unwrap_err();
            assert_eq!(refused.kind.status(), 422, "{inside}");
        }
        for target in ["shop.mark.vibnai.com", "shops.example.net", "www.example.com", "a.in"] {
            assert!(installation().check_target(&name(target), &mark).is_ok(), "{target}");
        }
    }
}
