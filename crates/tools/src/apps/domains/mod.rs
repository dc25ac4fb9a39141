//! Domains of apps, whatever these are made of.

pub(super) mod list;
pub(super) mod set;

mod place;
mod wanted;

use covibe_workspace::AnyApp;
use schemars::JsonSchema;
use serde::Serialize;

use super::address::Address;

/// A URL, and the service that it leads to where the app has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    service: Option<String>,
    address: Address,
}

/// A domain of an app.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// Where to open it.
    url: String,
    /// The container's port that it leads to, where it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

/// What is attached to an app.
pub(super) fn attached(app: &AnyApp) -> Vec<Attached> {
    let of = |service: Option<&str>, urls: Vec<String>| -> Vec<Attached> {
        let read = urls.iter().filter_map(|url| Address::read(url));
        read.map(|address| Attached { service: service.map(str::to_owned), address }).collect()
    };
    match app {
        AnyApp::Application(app) => {
            let by_service = app.compose_domains();
            let by_service = by_service.into_iter().flat_map(|(name, urls)| of(Some(&name), urls));
            of(None, app.urls()).into_iter().chain(by_service).collect()
        }
        AnyApp::Service(service) => {
            let each = service.applications.iter();
            each.flat_map(|each| of(Some(&each.name), each.urls())).collect()
        }
    }
}

/// Projects what is attached.
fn view(attached: &[Attached]) -> Vec<Shown> {
    let domain = |Attached { service, address }: &Attached| Shown {
        domain: address.host.clone(),
        service: service.clone(),
        url: address.public(),
        port: address.port,
    };
    attached.iter().map(domain).collect()
}
