//! The attached domains that a call names, whose hosts belong to the workspace beside its namespace, and the removal of
//! hosts of domains that the workspace has lost.

use covibe_domain::{AppUuid, DomainName, Failure, boxed};
use covibe_policy::Namespace;
use serde_json::json;

use super::Workspace;
use crate::audit::Draft;

/// The tool in the audit entries of removals of hosts.
const DETACHMENT: &str = "domain.detach";

/// The labels that a domain can have: registries sell `shop.ca` and `shop.co.uk`, and few have one more.
const LABELS: std::ops::RangeInclusive<usize> = 2..=5;

/// The maximum number of hosts of a call that are looked at.
const MOST: usize = 100;

impl Workspace {
    /// Returns the host names that belong to it, with the domains that [`Self::know_domains`] found.
    pub fn namespace(&self) -> Namespace {
        let own = self.attached.get().cloned().unwrap_or_default();
        Namespace::new(self.slug(), &self.settings().base_domain).with_domains(own)
    }

    /// Looks which of these hosts, or of the hosts of these URLs, are of the workspace's attached domains.
    /// [`Workspace::namespace`] has those domains from then on.
    pub async fn know_domains<'a>(
        &self,
        written: impl IntoIterator<Item = &'a str> + Send,
    ) -> Result<(), Failure> {
        let namespace = self.namespace();
        let foreign: Vec<&str> = {
            let foreign = written.into_iter().filter(|text| namespace.host(text, "").is_err());
            foreign.take(MOST).collect()
        };
        let mut names: Vec<_> = foreign.into_iter().flat_map(domains_above).collect();
        names.sort_unstable();
        names.dedup();
        let known = self.domains().attached_among(&names).await?;
        // A second look of the same call finds what the first one found.
        self.attached.get_or_init(|| known);
        Ok(())
    }

    /// Records in the audit, durably, that an app is about to lose its hosts of a domain that the workspace has lost.
    /// [`Self::record_detachment`] records the outcome.
    #[boxed]
    pub async fn begin_detachment(
        &self,
        app: &AppUuid,
        domain: &DomainName,
    ) -> Result<Draft, Failure> {
        let params = json!({ "uuid": app, "domain": domain });
        let draft = Draft::server(self.record(), DETACHMENT, None).with_named_resource(&params);
        self.begin(draft.with_detail(&["domain"], &params)).await
    }

    /// Records in the audit the outcome of a removal of hosts.
    #[boxed]
    pub async fn record_detachment(&self, draft: &Draft, outcome: &str) -> Result<(), Failure> {
        self.platform.auditor().record(draft.clone().outcome(outcome)).await
    }
}

/// Returns the domains that a host may be of, itself among them.
fn domains_above(written: &str) -> Vec<DomainName> {
    let text = written.trim().to_ascii_lowercase();
    let bare = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = bare.split(['/', ':', '?', '#', '\\']).next().unwrap_or_default();
    let labels: Vec<_> = host.trim_end_matches('.').split('.').collect();
    let suffix = |count: usize| labels.get(labels.len().checked_sub(count)?..);
    let names = LABELS.filter_map(suffix).map(|labels| labels.join("."));
    names.filter_map(|name| DomainName::try_from(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::domains_above;

    #[test]
    fn a_host_may_belong_to_each_domain_above_it() {
        let of = |text: &str| -> Vec<String> {
            domains_above(text).into_iter().map(String::from).collect()
        };
        assert_eq!(of("shop.ca"), ["shop.ca"]);
        assert_eq!(of(" https://WWW.Shop.CA.:3000/x "), ["shop.ca", "www.shop.ca"]);
        assert_eq!(of("a.b.c.d.e.f.ca").len(), 4);
        for none in ["", "ca", "..", "*.ca", "a b.c d"] {
            assert_eq!(of(none), [""; 0], "{none}");
        }
    }
}
