//! The hosts of a new app: whether they are free, and whether Coolify kept them.

use covibe_coolify::Application;
use covibe_domain::{Failure, Kind};
use covibe_policy::Namespace;

use super::errors::taken_host_of;
use crate::app_and_auth_hosts::HostsInUse;

/// The hosts that an app with the name `name` asks for.
pub(super) struct Requested<'a> {
    pub(super) hosts: &'a [String],
    pub(super) name: &'a str,
    pub(super) namespace: &'a Namespace,
}

impl Requested<'_> {
    /// Fails if one of the hosts is in use.
    pub(super) fn check_free(&self, in_use: &HostsInUse) -> Result<(), Failure> {
        match self.hosts.iter().find(|host| in_use.contains(host)) {
            Some(host) => Err(taken_host_of(host, self.name, self.namespace, in_use)),
            None => Ok(()),
        }
    }

    /// Returns Coolify's refusal of the hosts with a suggestion; other failures as they are.
    pub(super) fn explain(&self, failure: Failure, mut in_use: HostsInUse) -> Failure {
        let is_refusal = failure.kind == Kind::Conflict && !failure.is_in_doubt();
        let Some(host) = self.hosts.first().filter(|_| is_refusal) else { return failure };
        in_use.add(self.hosts.iter().cloned());
        taken_host_of(host, self.name, self.namespace, &in_use)
    }
}

/// Returns the warning about a host that Coolify dropped although it answered 200, as it does if the
/// server is a build server or has no proxy.
pub(super) fn dropped_host(host: &str) -> String {
    format!(
        "The domain {host} did not persist: the server that Coolify deploys to has no proxy or is \
         marked as a build server. Tell the operator."
    )
}

/// Returns the URL of an app with these hosts.
pub(super) fn url(hosts: &[String]) -> String {
    format!("https://{}", hosts.first().map_or("", String::as_str))
}

/// Returns whether an application has these hosts.
pub(super) fn has_hosts(app: &Application, hosts: &[String]) -> bool {
    let present = app.domains();
    hosts.iter().all(|host| present.contains(host))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn explains_a_conflict_without_disclosing_who_has_the_host() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        let hosts = ["api.mark.vibnai.com".to_owned()];
        let requested = Requested { hosts: &hosts, name: "web", namespace: &mark };
        let conflict = Failure::conflict("x").detail("upstream", "coolify");
        let explained = requested.explain(conflict, HostsInUse::default());
        assert_eq!(explained.message, "The domain api.mark.vibnai.com is taken.");
        assert_eq!(explained.details["suggestion"], json!({ "domain": "api-2.mark.vibnai.com" }));
        let other = Failure::unready("x");
        assert_eq!(requested.explain(other.clone(), HostsInUse::default()), other);
    }

    #[test]
    fn accepts_free_hosts_and_refuses_hosts_in_use() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        let hosts = ["other.mark.vibnai.com".to_owned()];
        let requested = Requested { hosts: &hosts, name: "x", namespace: &mark };
        assert!(
            requested.check_free(&HostsInUse::from_texts(&[], &["web.mark.vibnai.com"])).is_ok()
        );
        assert!(
            requested.check_free(&HostsInUse::from_texts(&[], &["other.mark.vibnai.com"])).is_err()
        );
    }
}
