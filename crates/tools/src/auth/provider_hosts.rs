//! The hosts of an auth provider.

use covibe_coolify::Service;
use covibe_domain::entities::Provider;
use covibe_domain::names;
use covibe_policy::Namespace;

/// Logto's container, and its ports for apps and for the admin console.
const LOGTO: (&str, u16, u16) = ("logto", 3001, 3002);

/// The suffix of the admin console's label.
const ADMIN_SUFFIX: &str = "-admin";

/// The hosts of one provider.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    /// The host for apps.
    pub(super) main: String,
    /// The host for the admin console, if it is another one.
    pub(super) admin: Option<String>,
}

impl Hosts {
    /// Returns the hosts for a provider with this name.
    pub(super) fn for_provider(provider: Provider, name: &str, namespace: &Namespace) -> Self {
        let admin = || {
            let label: String = names::label(name).chars().take(63 - ADMIN_SUFFIX.len()).collect();
            namespace.host_for(&format!("{label}{ADMIN_SUFFIX}"))
        };
        let admin = (provider == Provider::Logto).then(admin);
        Self { main: namespace.host_for(name), admin }
    }

    /// Returns all hosts.
    pub(super) fn all(&self) -> Vec<String> {
        [Some(&self.main), self.admin.as_ref()].into_iter().flatten().cloned().collect()
    }

    /// Returns the hosts that are not attached to the service.
    pub(super) fn unattached(&self, service: &Service) -> Vec<String> {
        let present = service.domains();
        self.all().into_iter().filter(|host| !present.contains(host)).collect()
    }

    /// Returns pairs of container and URLs, each URL with the port that the container listens on.
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
        Hosts::for_provider(provider, name, &Namespace::new(&"mark".parse().unwrap(), "vibnai.com"))
    }

    #[test]
    fn gives_the_admin_console_of_logto_its_own_host() {
        let logto = hosts(Provider::Logto, "login");
        assert_eq!(logto.all(), ["login.mark.vibnai.com", "login-admin.mark.vibnai.com"]);
        let urls = "https://login.mark.vibnai.com:3001,https://login-admin.mark.vibnai.com:3002";
        assert_eq!(logto.urls(Provider::Logto), [("logto".to_owned(), urls.to_owned())]);
        let long = hosts(Provider::Logto, &"a".repeat(63)).all();
        assert_eq!(long[1].split('.').next().map(str::len), Some(63));
        assert_ne!(long[0], long[1]);
    }

    #[test]
    fn finds_hosts_that_are_not_attached() {
        let service = |fqdn: &str| -> Service {
            let value = serde_json::json!({ "uuid": "zg4cwgc44ogc08804000gggo",
                "applications": [{ "name": "logto", "fqdn": fqdn }] });
            serde_json::from_value(value).unwrap()
        };
        let logto = hosts(Provider::Logto, "login");
        let both = logto.urls(Provider::Logto)[0].1.clone();
        assert!(logto.unattached(&service(&both)).is_empty());
        let one = "https://login.mark.vibnai.com:3001,https://logto-x.apps.test:3002";
        assert_eq!(logto.unattached(&service(one)), ["login-admin.mark.vibnai.com"]);
        assert_eq!(logto.unattached(&service("")), logto.all());
    }

    #[test]
    fn gives_every_other_provider_one_host_and_its_container() {
        for provider in Provider::ALL.iter().filter(|each| **each != Provider::Logto) {
            let hosts = hosts(*provider, "x");
            assert_eq!(hosts.all(), ["x.mark.vibnai.com"]);
            let urls = hosts.urls(*provider);
            assert!(urls[0].1.starts_with("https://x.mark.vibnai.com:"), "{provider}: {urls:?}");
        }
    }
}
