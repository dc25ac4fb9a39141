//! The labels by which the proxy finds an application: `custom_labels`.

use serde_json::Value;
use url::Url;

use crate::coolify::model::{Resource, split_urls};

/// Returns the labels for the domains and ports that the application has now, one for each line.
///
/// Coolify generates them when the application is created and with each PATCH that has `domains`; a
/// PATCH of the ports alone keeps the old port in the labels (seen with 4.3.11).
fn generate(one: &Resource) -> String {
    let exposed = one.text("ports_exposes").split(',').next().unwrap_or_default();
    let mut labels = vec!["traefik.enable=true".to_owned()];
    for (number, url) in split_urls(one.text("fqdn")).iter().enumerate() {
        let Ok(url) = Url::parse(url) else { continue };
        let name = format!("{}-{number}-{}", url.scheme(), one.uuid);
        let port = url.port().map_or_else(|| exposed.to_owned(), |port| port.to_string());
        let (host, path) = (url.host_str().unwrap_or_default(), url.path());
        labels.extend([
            format!("traefik.http.routers.{name}.rule=Host(`{host}`) && PathPrefix(`{path}`)"),
            format!("traefik.http.routers.{name}.service={name}"),
            format!("traefik.http.services.{name}.loadbalancer.server.port={port}"),
        ]);
    }
    labels.join("\n")
}

/// Generates the labels of an application anew.
pub(crate) fn regenerate(one: &mut Resource) {
    let labels = generate(one);
    one.fields.insert("custom_labels".to_owned(), Value::from(labels));
}
