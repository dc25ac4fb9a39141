//! The URLs of a new app's services.

use covibe_domain::Failure;
use covibe_policy::Namespace;

use super::domain_services::RoutedService;
use crate::apps::app_urls::{Address, check_host};
use crate::apps::manage::create::errors::shared_host;

/// The URLs of each service.
#[derive(Debug)]
pub(in crate::apps::manage::create) struct Routes(Vec<(String, Address)>);

impl Routes {
    /// Returns the URLs of these services, for an app with this name.
    ///
    /// # Errors
    ///
    /// Forbidden if a host is outside the namespace, invalid if it would lead to two services.
    pub(in crate::apps::manage::create) fn new(
        targets: &[RoutedService],
        name: &str,
        namespace: &Namespace,
    ) -> Result<Self, Failure> {
        let mut routes: Vec<(String, Address)> = Vec::new();
        for RoutedService { service, port, path, domain } in targets {
            let host = match domain {
                Some(written) => check_host(namespace, written, name, "domain")?,
                None => namespace.host_for(name),
            };
            match routes.iter().find(|(_, address)| address.host == host) {
                Some((other, _)) if other == service => {}
                Some((other, _)) => return Err(shared_host(&host, other, service)),
                None => {
                    let address = Address::new("https", host, *port).with_path(path);
                    routes.push((service.clone(), address));
                }
            }
        }
        Ok(Self(routes))
    }

    /// Returns all hosts.
    pub(in crate::apps::manage::create) fn hosts(&self) -> Vec<String> {
        self.0.iter().map(|(_, address)| address.host.clone()).collect()
    }

    /// Returns the URLs of a service, as Coolify stores them.
    pub(in crate::apps::manage::create) fn urls_of(&self, service: &str) -> Vec<String> {
        self.of_service(service).map(ToString::to_string).collect()
    }

    /// Returns each service that has a URL, with its URLs.
    pub(in crate::apps::manage::create) fn urls(&self) -> Vec<(String, String)> {
        let mut services: Vec<_> = self.0.iter().map(|(service, _)| service).collect();
        services.sort_unstable();
        services.dedup();
        let urls = |service: &String| (service.clone(), self.urls_of(service).join(","));
        services.into_iter().map(urls).collect()
    }

    fn of_service(&self, service: &str) -> impl Iterator<Item = &Address> {
        let own = move |(name, address)| (name == service).then_some(address);
        self.0.iter().map(|(name, address)| (name.as_str(), address)).filter_map(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(service: &str, port: Option<u16>, domain: Option<&str>) -> RoutedService {
        let path = if service == "docs" { "/v1".to_owned() } else { String::new() };
        RoutedService { service: service.to_owned(), port, path, domain: domain.map(str::to_owned) }
    }

    fn routes(targets: &[RoutedService]) -> Result<Routes, Failure> {
        Routes::new(targets, "My_App", &Namespace::new(&"mark".parse().unwrap(), "vibnai.com"))
    }

    #[test]
    fn groups_urls_by_service() {
        let routes = routes(&[
            target("web", Some(3000), None),
            target("web", Some(3000), Some("https://WWW.mark.vibnai.com/")),
            target("web", Some(3000), Some("www.mark.vibnai.com")),
            target("api", None, Some("api.mark.vibnai.com")),
            target("docs", Some(80), Some("docs.mark.vibnai.com")),
        ])
        .unwrap();
        let web = "https://my-app.mark.vibnai.com:3000,https://www.mark.vibnai.com:3000";
        let api = ("api".to_owned(), "https://api.mark.vibnai.com".to_owned());
        let docs = ("docs".to_owned(), "https://docs.mark.vibnai.com:80/v1".to_owned());
        assert_eq!(routes.urls(), [api, docs, ("web".to_owned(), web.to_owned())]);
        assert_eq!(routes.hosts().len(), 4);
    }

    #[test]
    fn refuses_foreign_hosts_and_shared_hosts() {
        let foreign = routes(&[target("web", None, Some("evil.com"))]).unwrap_err();
        assert_eq!(
            foreign.message,
            "Domain evil.com is not allowed; must end with .mark.vibnai.com"
        );
        let both = routes(&[target("a", None, None), target("b", None, None)]).unwrap_err();
        assert_eq!(both.kind.status(), 400);
    }
}
