//! Containers that the proxy finds by the hosts of a domain.

use std::collections::BTreeMap;

use covibe_domain::host_labels::LabelReader;
use covibe_domain::{DomainName, Failure, boxed};

use super::errors::failure;
use super::{Hosted, OnHost, OwnContainer};
use crate::scoped::coolify::Coolify;

/// A container of a resource, with its host.
#[derive(Clone, Debug)]
pub struct RoutedContainer {
    /// The docker host, for background work.
    pub host: OnHost,
    /// The container.
    pub container: OwnContainer,
}

impl Coolify {
    /// Returns the containers of a resource, in any state, that have a label for the proxy with a host at or below this
    /// domain. Coolify's lists do not report the server of a resource (4.3), so all docker hosts of the cell are asked;
    /// without a docker host, there are none to see.
    ///
    /// # Errors
    ///
    /// If a host does not answer.
    #[boxed]
    pub async fn routed_containers(
        &self,
        resource: &Hosted,
        domain: &DomainName,
    ) -> Result<Vec<RoutedContainer>, Failure> {
        let (mut routed, hosts) = (Vec::new(), self.docker_hosts().cloned().collect::<Vec<_>>());
        for host in hosts {
            let (host, uuid) = (host.in_background(), resource.uuid().to_owned());
            let listed = host.containers(&uuid).await.map_err(|error| failure(&error))?;
            let host = OnHost { host, uuid };
            let found = listed.into_iter().filter(|one| is_routed(&one.labels, domain));
            routed.extend(
                found.map(|one| RoutedContainer {
                    host: host.clone(),
                    container: OwnContainer(one),
                }),
            );
        }
        Ok(routed)
    }
}

/// Returns whether a label for a proxy has a host at or below a domain.
fn is_routed(labels: &BTreeMap<String, String>, domain: &DomainName) -> bool {
    let is_read = |key: &str| {
        matches!(LabelReader::for_label(key), Some(LabelReader::Traefik | LabelReader::Caddy))
    };
    let mut values = labels.iter().filter(|(key, _)| is_read(key)).map(|(_, value)| value);
    values.any(|value| has_host(value, domain))
}

/// Returns whether a text has a host at or below a domain.
fn has_host(text: &str, domain: &DomainName) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
    words.any(|word| domain.contains(word.trim_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_routed_by_labels_of_the_proxies_alone() {
        let domain = DomainName::from_written("shop.com").unwrap();
        let is_routed = |key: &str, value: &str| {
            is_routed(&BTreeMap::from([(key.to_owned(), value.to_owned())]), &domain)
        };
        let rule = "traefik.http.routers.https-0-x.rule";
        for value in [
            "Host(`shop.com`) && PathPrefix(`/`)",
            "Host(`a.test`) || Host(`WWW.Shop.com`)",
            "HostRegexp(`^.+\\.shop.com$`)",
            "Host(\"shop.com.\")",
        ] {
            assert!(is_routed(rule, value), "{value}");
        }
        assert!(is_routed("caddy_0", "https://www.shop.com"));
        for value in ["Host(`myshop.com`)", "Host(`shop.com.evil.test`)", "true", ""] {
            assert!(!is_routed(rule, value), "{value}");
        }
        assert!(!is_routed("org.opencontainers.image.url", "https://shop.com"));
        assert!(!is_routed("coolify.name", "shop.com"));
    }
}
