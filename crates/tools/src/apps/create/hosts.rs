//! Hosts that are taken in the workspace, and free ones to take instead.

use std::collections::HashSet;

use covibe_domain::{Failure, Kind};
use covibe_policy::Namespace;
use covibe_workspace::Coolify;
use futures_util::StreamExt as _;
use serde_json::json;

/// How many names are tried for a free one.
const TRIES: u32 = 99;

/// The names and hosts that the workspace's apps and auth providers have.
///
/// Coolify takes two URLs of one host for different ones when their ports differ, where the proxy
/// does not: it is ours to see that no host leads to two apps.
pub(crate) struct Taken {
    names: HashSet<String>,
    hosts: HashSet<String>,
}

impl Taken {
    /// Nothing at all.
    pub(in crate::apps) fn nothing() -> Self {
        Self { names: HashSet::new(), hosts: HashSet::new() }
    }

    /// Looks at everything but the resource of that uuid.
    pub(crate) async fn look(coolify: &Coolify, but: Option<&str>) -> Result<Self, Failure> {
        let (applications, services) =
            tokio::try_join!(coolify.applications(), coolify.services())?;
        let others = applications.iter().filter(|app| Some(app.uuid.as_str()) != but);
        let mut taken = Self::nothing();
        for app in others {
            taken.names.insert(app.name.clone());
            taken.hosts.extend(app.domains());
        }
        let mut others = services;
        others.retain(|service| Some(service.uuid.as_str()) != but);
        let mut looked = Box::pin(coolify.whole_services(others));
        while let Some((listed, found)) = looked.next().await {
            taken.names.insert(listed.name.clone());
            taken.hosts.extend(found?.iter().flat_map(|service| service.domains()));
        }
        Ok(taken)
    }

    /// Whether a host leads to something of the workspace.
    pub(crate) fn has(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    /// Fails when one of the hosts is taken; `name` is what the new app is to be called.
    pub(super) fn refuse(
        &self,
        wanted: &[String],
        name: &str,
        namespace: &Namespace,
    ) -> Result<(), Failure> {
        match wanted.iter().find(|host| self.hosts.contains(*host)) {
            Some(host) => Err(self.conflict(host, name, namespace)),
            None => Ok(()),
        }
    }

    /// Coolify's refusal of domains in our words; any other failure as it is.
    pub(super) fn explain(
        mut self,
        failure: Failure,
        wanted: &[String],
        name: &str,
        namespace: &Namespace,
    ) -> Failure {
        let is_of_domains = failure.kind == Kind::Conflict && !failure.is_in_doubt();
        let Some(host) = wanted.first().filter(|_| is_of_domains) else { return failure };
        self.hosts.extend(wanted.iter().cloned());
        self.conflict(host, name, namespace)
    }

    fn conflict(&self, host: &str, name: &str, namespace: &Namespace) -> Failure {
        let failure = Failure::conflict(format!("The domain {host} is taken."));
        if host == namespace.host_for(name) {
            let free = self.free_name(name, namespace);
            let domain = namespace.host_for(&free);
            let hint = format!("Pass domain {domain}, or name {free} and no domain.");
            return failure
                .hint(hint)
                .detail("suggestion", json!({ "name": free, "domain": domain }));
        }
        let domain = self.free_host(host);
        let hint = format!("Pass another domain, like {domain}.");
        failure.hint(hint).detail("suggestion", json!({ "domain": domain }))
    }

    /// A name like this one whose host is free too.
    fn free_name(&self, name: &str, namespace: &Namespace) -> String {
        numbered(name, |name| {
            !self.names.contains(name) && !self.hosts.contains(&namespace.host_for(name))
        })
    }

    /// A host like this one that is free.
    pub(in crate::apps) fn free_host(&self, host: &str) -> String {
        let (label, rest) = host.split_once('.').unwrap_or((host, ""));
        let of = |label: &str| format!("{label}.{rest}");
        of(&numbered(label, |label| !self.hosts.contains(&of(label))))
    }

    /// This host where it is free, or one like it; it is taken then.
    pub(in crate::apps) fn take(&mut self, host: String) -> String {
        let host = if self.hosts.contains(&host) { self.free_host(&host) } else { host };
        self.hosts.insert(host.clone());
        host
    }
}

/// The first of `text-2`, `text-3`, … that is free, no longer than a label may be.
fn numbered(text: &str, is_free: impl Fn(&str) -> bool) -> String {
    let base: String = text.chars().take(60).collect();
    let base = base.trim_end_matches('-');
    let tries = || (2..=TRIES).map(|number| format!("{base}-{number}"));
    tries().find(|name| is_free(name)).unwrap_or_else(|| format!("{base}-{TRIES}"))
}

/// Coolify answers 200 and drops the domains when the server is a build server or has no proxy.
pub(super) fn not_kept(host: &str) -> String {
    format!(
        "The domain {host} did not persist: the server that Coolify deploys to has no proxy or is \
         marked as a build server. Tell the operator."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(names: &[&str], hosts: &[&str]) -> Taken {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Taken { names: set(names), hosts: set(hosts) }
    }

    #[test]
    fn what_is_suggested_is_free_and_fits() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        let taken = taken(&["web-2"], &["web.mark.vibnai.com", "web-3.mark.vibnai.com"]);
        let failure = taken.refuse(&["web.mark.vibnai.com".to_owned()], "web", &mark).unwrap_err();
        let suggested = json!({ "name": "web-4", "domain": "web-4.mark.vibnai.com" });
        assert_eq!(failure.details["suggestion"], suggested);
        assert_eq!(taken.free_host("web.mark.vibnai.com"), "web-2.mark.vibnai.com");
        assert!(taken.refuse(&["other.mark.vibnai.com".to_owned()], "x", &mark).is_ok());
        let long = "a".repeat(63);
        assert_eq!(taken.free_name(&long, &mark), format!("{}-2", "a".repeat(60)));
    }

    #[test]
    fn a_conflict_of_coolifys_is_told_without_whose_it_is() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        let wanted = ["api.mark.vibnai.com".to_owned()];
        let conflict = Failure::conflict("x").detail("upstream", "coolify");
        let told = taken(&[], &[]).explain(conflict, &wanted, "web", &mark);
        assert_eq!(told.message, "The domain api.mark.vibnai.com is taken.");
        assert_eq!(told.details["suggestion"], json!({ "domain": "api-2.mark.vibnai.com" }));
        let other = Failure::unready("x");
        assert_eq!(taken(&[], &[]).explain(other.clone(), &wanted, "web", &mark), other);
    }
}
