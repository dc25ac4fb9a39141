//! The statements of a file about routing, in keys that are not sent.

use crate::variables::variable_values::Values;
use crate::yaml_tree::Tree;

/// The statements of a service about routing.
#[expect(clippy::struct_excessive_bools, reason = "independent statements of a file")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Routing {
    pub(crate) service: String,
    /// The container's port that it names for the domain.
    pub(crate) port: Option<u16>,
    /// True if it declares a variable of a domain.
    pub(crate) declares: bool,
    /// True if it has labels or variables for a proxy, with values.
    pub(crate) has_labels: bool,
    /// True if it publishes a port.
    pub(crate) publishes: bool,
    /// True if it exposes a port.
    pub(crate) exposes: bool,
}

impl Routing {
    /// Reads the statements of a service, before it is rewritten.
    pub(super) fn read_service(name: &str, service: &Tree, values: &Values<'_>) -> Self {
        let environment = service.get("environment").map(Tree::members).unwrap_or_default();
        let labels = service.get("labels").map(Tree::members).unwrap_or_default();
        let declared = declared_domains(service);
        let number = |value: &Tree| values.evaluate(value.as_str()?).ok()?.parse().ok();
        let port_variable = environment.iter().find(|(key, _)| key == "VIRTUAL_PORT");
        let port_label = labels.iter().find(|(key, _)| key.ends_with("loadbalancer.server.port"));
        let is_label =
            |key: &str| key.starts_with("traefik.http.routers.") || key.starts_with("caddy");
        let is_set = |value: &Tree| value.as_str().is_some_and(|text| !text.is_empty());
        let other_port = port_variable.or(port_label).and_then(|(_, value)| number(value));
        let lists = |key: &str| service.get(key).is_some_and(|ports| !ports.items().is_empty());
        Self {
            service: name.to_owned(),
            port: declared_port(service).or(other_port),
            declares: !declared.is_empty(),
            has_labels: environment
                .iter()
                .any(|(key, value)| key == "VIRTUAL_HOST" && is_set(value))
                || labels.iter().any(|(key, _)| is_label(key)),
            publishes: lists("ports"),
            exposes: lists("expose"),
        }
    }
}

/// Returns the names of the variables of domains that a service declares, without `SERVICE_URL_` or
/// `SERVICE_FQDN_`.
fn declared_domains(service: &Tree) -> Vec<&str> {
    let environment = service.get("environment").map(Tree::members).unwrap_or_default();
    let declared = environment.iter().filter_map(|(key, _)| {
        key.strip_prefix("SERVICE_URL_").or_else(|| key.strip_prefix("SERVICE_FQDN_"))
    });
    declared.collect()
}

/// Returns the port that a service declares for its domain.
pub(super) fn declared_port(service: &Tree) -> Option<u16> {
    declared_domains(service).iter().find_map(|name| name.rsplit_once('_')?.1.parse().ok())
}
