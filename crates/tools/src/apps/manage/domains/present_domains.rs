//! The domains that an app has.

use covibe_workspace::AnyApp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::apps::app_urls::Address;

/// A URL of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    /// The service that it leads to, if the app has several.
    pub(super) service: Option<String>,
    pub(super) address: Address,
}

/// Returns the URLs of an app.
pub(super) fn attached_urls(app: &AnyApp) -> Vec<Attached> {
    let parse = |service: Option<&str>, urls: Vec<String>| -> Vec<Attached> {
        let addresses = urls.iter().filter_map(|url| Address::parse(url));
        let attached = |address| Attached { service: service.map(str::to_owned), address };
        addresses.map(attached).collect()
    };
    match app {
        AnyApp::Application(app) => {
            let services = app.compose_domains().into_iter();
            let by_service = services.flat_map(|(name, urls)| parse(Some(&name), urls));
            parse(None, app.urls()).into_iter().chain(by_service).collect()
        }
        AnyApp::Service(service) => {
            let containers = service.applications.iter();
            containers.flat_map(|each| parse(Some(&each.name), each.urls())).collect()
        }
    }
}

/// A domain of an app, as callers see it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AppDomain {
    /// The host.
    #[schemars(example = &"shop.mark.example.com")]
    domain: String,
    /// The service of a compose app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The URL to open.
    #[schemars(example = &"https://shop.mark.example.com")]
    url: String,
    /// The container's port, if it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 3000)]
    port: Option<u16>,
}

impl AppDomain {
    /// Returns the host.
    pub(super) fn into_host(self) -> String {
        self.domain
    }
}

/// Converts the URLs of an app.
pub(super) fn view(attached: &[Attached]) -> Vec<AppDomain> {
    let domain = |Attached { service, address }: &Attached| AppDomain {
        domain: address.host.clone(),
        service: service.clone(),
        url: address.public_url(),
        port: address.port,
    };
    attached.iter().map(domain).collect()
}
