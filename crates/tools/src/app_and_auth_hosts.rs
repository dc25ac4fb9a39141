//! The hosts that lead to the workspace's apps and auth providers.

use std::collections::HashSet;

use covibe_domain::Failure;
use covibe_workspace::Coolify;
use futures_util::StreamExt as _;
use serde_json::json;

use crate::free_name::free_name;

/// The names and hosts of the workspace's apps and auth providers.
///
/// Coolify accepts the same host twice if the ports of the URLs differ. The proxy routes by host
/// alone, so Co-Vibe itself ensures that no host leads to two apps.
#[derive(Default)]
pub(crate) struct HostsInUse {
    names: HashSet<String>,
    hosts: HashSet<String>,
}

impl HostsInUse {
    /// Reads the names and hosts of everything except the resource with the uuid `except`.
    pub(crate) async fn read(coolify: &Coolify, except: Option<&str>) -> Result<Self, Failure> {
        let (applications, mut services) =
            tokio::try_join!(coolify.applications(), coolify.services())?;
        let mut in_use = Self::default();
        for app in applications.iter().filter(|app| Some(app.uuid.as_str()) != except) {
            in_use.names.insert(app.name.clone());
            in_use.hosts.extend(app.domains());
        }
        services.retain(|service| Some(service.uuid.as_str()) != except);
        let mut complete = Box::pin(coolify.whole_services(services));
        while let Some(each) = complete.next().await {
            in_use.names.insert(each.listed.name.clone());
            in_use.hosts.extend(each.found?.iter().flat_map(|service| service.domains()));
        }
        Ok(in_use)
    }

    /// Returns whether `host` is in use.
    pub(crate) fn contains(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    /// Returns whether an app or auth provider has the name `name`.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Adds hosts.
    pub(crate) fn add(&mut self, hosts: impl IntoIterator<Item = String>) {
        self.hosts.extend(hosts);
    }

    /// Returns a host similar to `host` that is not in use.
    pub(crate) fn free_host(&self, host: &str) -> Option<String> {
        let (label, rest) = host.split_once('.').unwrap_or((host, ""));
        let with_label = |label: &str| format!("{label}.{rest}");
        let label = free_name(label, |label| !self.contains(&with_label(label)))?;
        Some(with_label(&label))
    }

    /// Adds `host`, or a similar one if it is in use, and returns the one added.
    pub(crate) fn reserve(&mut self, host: String) -> Option<String> {
        let host = if self.contains(&host) { self.free_host(&host)? } else { host };
        self.hosts.insert(host.clone());
        Some(host)
    }
}

/// The failure of a call that asks for a host in use. It does not say whose host it is.
pub(crate) fn taken_host(host: &str, in_use: &HostsInUse) -> Failure {
    let failure = Failure::conflict(format!("The domain {host} is taken."));
    match in_use.free_host(host) {
        Some(free) => failure
            .hint(format!("Pass another domain, like {free}."))
            .detail("suggestion", json!({ "domain": free })),
        None => failure.hint("Pass another domain."),
    }
}

#[cfg(test)]
impl HostsInUse {
    /// These names and hosts.
    pub(crate) fn from_texts(names: &[&str], hosts: &[&str]) -> Self {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self { names: set(names), hosts: set(hosts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_a_free_host() {
        let in_use = HostsInUse::from_texts(&[], &["web.mark.vibnai.com", "web-2.mark.vibnai.com"]);
        let failure = taken_host("web.mark.vibnai.com", &in_use);
        assert_eq!(failure.details["suggestion"], json!({ "domain": "web-3.mark.vibnai.com" }));
    }

    #[test]
    fn reserving_a_host_twice_returns_another_host() {
        let mut in_use = HostsInUse::default();
        assert_eq!(in_use.reserve("a.test".to_owned()).as_deref(), Some("a.test"));
        assert_eq!(in_use.reserve("a.test".to_owned()).as_deref(), Some("a-2.test"));
        assert!(in_use.contains("a-2.test"));
    }
}
