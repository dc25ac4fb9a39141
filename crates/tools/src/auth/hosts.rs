//! Where an auth provider is reached.

use covibe_coolify::Service;
use covibe_domain::entities::Provider;
use covibe_domain::names;
use covibe_policy::Namespace;

/// The ports that logto's container listens on: for apps, and for its admin console.
const LOGTO: (&str, u16, u16) = ("logto", 3001, 3002);

/// What the admin console's host ends with, behind the name.
const ADMIN: &str = "-admin";

/// The hosts of one provider.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    /// The one for apps.
    pub(super) main: String,
    /// The one for its admin console, where that is on another.
    pub(super) admin: Option<String>,
}

impl Hosts {
    /// The hosts that a provider of this name gets.
    pub(super) fn of(provider: Provider, name: &str, namespace: &Namespace) -> Self {
        let admin = || {
            let label: String = names::label(name).chars().take(63 - ADMIN.len()).collect();
            namespace.host_for(&format!("{label}{ADMIN}"))
        };
        let admin = (provider == Provider::Logto).then(admin);
        Self { main: namespace.host_for(name), admin }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<String> {
        [Some(&self.main), self.admin.as_ref()].into_iter().flatten().cloned().collect()
    }

    /// Those of them that do not lead to the service.
    pub(super) fn lost(&self, service: &Service) -> Vec<String> {
        let present = service.domains();
        self.all().into_iter().filter(|host| !present.contains(host)).collect()
    }

    /// Coolify's container → URLs, each with the port that the container listens on.
    pub(super) fn urls(&self, provider: Provider) -> Vec<(String, String)> {
        let main = &self.main;
        if let Some(admin) = &self.admin {
            let (container, port, admin_port) = LOGTO;
            let urls = format!("https://{main}:{port},https://{admin}:{admin_port}");
            return vec![(container.to_owned(), urls)];
        }
        let public = covibe_coolify::public_service(provider.as_str());
        let url = |(container, port): (&str, Option<u16>)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            (container.to_owned(), format!("https://{main}{port}"))
        };
        public.map(url).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(provider: Provider, name: &str) -> Hosts {
        Hosts::of(provider, name, &Namespace::new(&"mark".parse().unwrap(), "vibnai.com"))
    }

    #[test]
    fn the_console_of_logto_has_a_host_of_its_own() {
        let logto = hosts(Provider::Logto, "login");
        assert_eq!(logto.all(), ["login.mark.vibnai.com", "login-admin.mark.vibnai.com"]);
        let urls = "https://login.mark.vibnai.com:3001,https://login-admin.mark.vibnai.com:3002";
        assert_eq!(logto.urls(Provider::Logto), [("logto".to_owned(), urls.to_owned())]);
        let long = hosts(Provider::Logto, &"a".repeat(63)).all();
        assert_eq!(long[1].split('.').next().map(str::len), Some(63));
        assert_ne!(long[0], long[1]);
    }

    #[test]
    fn a_host_that_leads_elsewhere_is_lost() {
        let service = |fqdn: &str| -> Service {
            let value = serde_json::json!({ "uuid": "zg4cwgc44ogc08804000gggo",
                "applications": [{ "name": "logto", "fqdn": fqdn }] });
            serde_json::from_value(value).unwrap()
        };
        let logto = hosts(Provider::Logto, "login");
        let whole = logto.urls(Provider::Logto)[0].1.clone();
        assert!(logto.lost(&service(&whole)).is_empty());
        let half = "https://login.mark.vibnai.com:3001,https://logto-x.apps.test:3002";
        assert_eq!(logto.lost(&service(half)), ["login-admin.mark.vibnai.com"]);
        assert_eq!(logto.lost(&service("")), logto.all());
    }

    #[test]
    fn every_other_provider_has_one_host_and_a_container_for_it() {
        for provider in Provider::ALL.iter().filter(|each| **each != Provider::Logto) {
            let hosts = hosts(*provider, "x");
            assert_eq!(hosts.all(), ["x.mark.vibnai.com"]);
            let urls = hosts.urls(*provider);
            assert!(urls[0].1.starts_with("https://x.mark.vibnai.com:"), "{provider}: {urls:?}");
        }
    }
}
