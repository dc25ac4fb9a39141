//! The services of a compose file that get a domain.

use covibe_compose::{Compose, ComposeService};
use covibe_domain::Failure;

use crate::apps::errors::database_service;
use crate::apps::manage::create::errors::{
    ambiguous_service, conflicting_domains, unknown_service,
};
use crate::apps::manage::create::params::{AUTO, CreateApp};

/// The maximum number of services that a hint names.
const MAX_NAMED: usize = 20;

/// A service that gets a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::apps::manage::create) struct RoutedService {
    pub(in crate::apps::manage::create) service: String,
    /// The first port that the file exposes; `None` if it exposes none, and the proxy finds the port.
    pub(in crate::apps::manage::create) port: Option<u16>,
    /// The path of its URL; empty for none.
    pub(super) path: String,
    /// The domain as the call names it; `None` for the default one.
    pub(super) domain: Option<String>,
}

/// Returns the services that get a domain.
///
/// # Errors
///
/// Invalid if the file has no such service, or if the choice is ambiguous.
pub(in crate::apps::manage::create) fn targets(
    params: &CreateApp,
    compose: &Compose,
) -> Result<Vec<RoutedService>, Failure> {
    let path = |name: &str| {
        let mut paths = compose.paths.iter().filter(|(service, _)| service == name);
        paths.next().map(|(_, path)| path.clone()).unwrap_or_default()
    };
    let target = |service: &ComposeService, domain: Option<&str>| RoutedService {
        service: service.name.clone(),
        port: service.ports.first().copied(),
        path: path(&service.name),
        domain: domain.filter(|domain| *domain != AUTO).map(str::to_owned),
    };
    let Some(domains) = &params.compose_domains else {
        let service = match &params.compose_service {
            Some(name) => find_named_service(compose, name)?,
            None => default_service(compose)?,
        };
        return Ok(vec![target(service, params.domain.as_deref())]);
    };
    if params.domain.is_some() || params.compose_service.is_some() {
        return Err(conflicting_domains());
    }
    let each = domains
        .iter()
        .map(|to| Ok(target(find_named_service(compose, &to.service)?, Some(&to.domain))));
    each.collect()
}

fn find_named_service<'a>(compose: &'a Compose, name: &str) -> Result<&'a ComposeService, Failure> {
    let found = compose.services.iter().find(|service| service.name == name);
    let service = found.ok_or_else(|| unknown_service(name, service_choices_hint(compose)))?;
    if service.is_database {
        Err(database_service(name, service_choices_hint(compose)))
    } else {
        Ok(service)
    }
}

/// Returns the service that the file makes the best choice.
fn default_service(compose: &Compose) -> Result<&ComposeService, Failure> {
    let choice = compose.choice.as_ref();
    let chosen = compose.services.iter().find(|it| Some(&it.name) == choice.map(|it| &it.service));
    chosen.ok_or_else(|| ambiguous_service(service_choices_hint(compose)))
}

/// Returns the hint that lists the services to choose from.
fn service_choices_hint(compose: &Compose) -> String {
    let list = |databases: bool| {
        let services = compose.services.iter().filter(|each| each.is_database == databases);
        let names: Vec<_> = services.map(|service| service.name.as_str()).take(MAX_NAMED).collect();
        names.join(", ")
    };
    let (open, databases) = (list(false), list(true));
    if open.is_empty() {
        return "Pass `composeDomains: []` for an app without a domain; all its services are \
                databases."
            .to_owned();
    }
    let but = if databases.is_empty() {
        String::new()
    } else {
        format!(" Databases can't have a domain: {databases}.")
    };
    format!(
        "Pass `composeService` with one of: {open}; or pass `composeDomains` ([] for no domain).{but}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    type Parts = (String, Option<u16>, Option<String>);

    const FILE: &str = "services: {web: {image: x, expose: ['3000', '3001']}, worker: {image: x}, \
                        db: {image: 'postgres:16', expose: ['5432']}}";

    fn targets_of(file: &str, params: Value) -> Result<Vec<Parts>, Failure> {
        let params: CreateApp = serde_json::from_value(params).unwrap();
        let request = covibe_compose::Request::default();
        let targets = targets(&params, &covibe_compose::compose(file, &request).unwrap())?;
        Ok(targets.into_iter().map(|to| (to.service, to.port, to.domain)).collect())
    }

    #[test]
    fn chooses_a_default_service_only_if_it_is_unambiguous() {
        for (file, service, port) in [
            (FILE, "web", Some(3000)),
            (
                "services: {a: {image: x, expose: ['1']}, server: {image: x, expose: ['2']}}",
                "server",
                Some(2),
            ),
            ("services: {a: {image: x}, redis: {image: redis:7}}", "a", None),
        ] {
            assert_eq!(targets_of(file, json!({})).unwrap(), [(service.to_owned(), port, None)]);
        }
        for (file, hint) in [
            ("services: {a: {image: x}, b: {image: x}}", "one of: a, b;"),
            ("services: {db: {image: 'postgres:16'}}", "composeDomains: []"),
        ] {
            let refused = targets_of(file, json!({})).unwrap_err();
            assert_eq!(refused.kind.status(), 400);
            assert!(refused.hint.as_ref().unwrap().contains(hint), "{refused:?}");
        }
    }

    #[test]
    fn finds_the_services_named_in_the_call_and_refuses_unknown_ones() {
        let domain = |text: &str| Some(text.to_owned());
        let one = targets_of(FILE, json!({ "composeService": "worker", "domain": "w.x" })).unwrap();
        assert_eq!(one, [("worker".to_owned(), None, domain("w.x"))]);
        let two =
            json!([{ "service": "web", "domain": "auto" }, { "service": "worker", "domain": "b" }]);
        let two = targets_of(FILE, json!({ "composeDomains": two })).unwrap();
        let web = ("web".to_owned(), Some(3000), None);
        assert_eq!(two, [web, ("worker".to_owned(), None, domain("b"))]);
        assert_eq!(targets_of(FILE, json!({ "composeDomains": [] })).unwrap(), []);
        for (params, message) in [
            (json!({ "composeService": "api" }), "no service api"),
            (json!({ "composeService": "db" }), "db is a database"),
            (json!({ "composeDomains": [], "domain": "x" }), "`composeDomains` can't be combined"),
        ] {
            let refused = targets_of(FILE, params).unwrap_err();
            assert!(refused.message.contains(message) && refused.hint.is_some(), "{refused:?}");
        }
    }
}
