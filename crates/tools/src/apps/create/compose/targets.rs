//! Which services of a compose file get a domain.

use covibe_compose::{Compose, ComposeService};
use covibe_domain::Failure;
use covibe_operation::shown;

use crate::apps::USUAL_SERVICE;
use crate::apps::create::CreateApp;

/// How a call says that a domain is to be made of the name.
const AUTO: &str = "auto";

/// How many services a hint names.
const NAMED: usize = 20;

/// A service that gets a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: String,
    /// The port of the container that the proxy is to find; what it finds by itself where the file
    /// exposes none.
    pub(super) port: Option<u16>,
    /// As it was written; none where it is to be made of the app's name.
    pub(super) domain: Option<String>,
}

/// The services that get a domain.
pub(super) fn targets(params: &CreateApp, compose: &Compose) -> Result<Vec<Target>, Failure> {
    let target = |service: &ComposeService, domain: Option<&str>| Target {
        service: service.name.clone(),
        port: service.ports.first().copied(),
        domain: domain.filter(|domain| *domain != AUTO).map(str::to_owned),
    };
    let Some(domains) = &params.compose_domains else {
        let service = match &params.compose_service {
            Some(name) => named(compose, name)?,
            None => usual(compose)?,
        };
        return Ok(vec![target(service, params.domain.as_deref())]);
    };
    if params.domain.is_some() || params.compose_service.is_some() {
        return Err(Failure::invalid("Pass composeDomains, or domain and composeService.")
            .hint("composeDomains names each service with its domain."));
    }
    let each = domains.iter().map(|to| Ok(target(named(compose, &to.service)?, Some(&to.domain))));
    each.collect()
}

fn named<'a>(compose: &'a Compose, name: &str) -> Result<&'a ComposeService, Failure> {
    let shown = shown(name);
    let found = compose.services.iter().find(|service| service.name == name);
    let service = found.ok_or_else(|| {
        let message = format!("composeRaw has no service {shown}.");
        Failure::invalid(message).hint(choice(compose))
    })?;
    if service.is_database {
        let message = format!("The service {shown} is a database, which can have no domain.");
        return Err(Failure::invalid(message).hint(choice(compose)));
    }
    Ok(service)
}

/// `server`; or the only one that is no database and has a port, or is the only one at all.
fn usual(compose: &Compose) -> Result<&ComposeService, Failure> {
    let open: Vec<_> = compose.services.iter().filter(|service| !service.is_database).collect();
    let with_port: Vec<_> =
        open.iter().copied().filter(|service| !service.ports.is_empty()).collect();
    let server = open.iter().copied().find(|service| service.name == USUAL_SERVICE);
    let only = match (&*with_port, &*open) {
        ([service], _) | ([], [service]) => Some(*service),
        _ => None,
    };
    server.or(only).ok_or_else(|| {
        Failure::invalid("composeRaw does not tell which service gets the domain.")
            .hint(choice(compose))
    })
}

/// The services to choose from.
fn choice(compose: &Compose) -> String {
    let list = |databases: bool| {
        let services = compose.services.iter().filter(|each| each.is_database == databases);
        let names: Vec<_> = services.map(|service| service.name.as_str()).take(NAMED).collect();
        names.join(", ")
    };
    let (open, databases) = (list(false), list(true));
    if open.is_empty() {
        return "Pass composeDomains: [] for an app without a domain; all its services are \
                databases."
            .to_owned();
    }
    let but = if databases.is_empty() {
        String::new()
    } else {
        format!(" Databases get none: {databases}.")
    };
    format!("Pass composeService, one of: {open}; or composeDomains, [] for no domain.{but}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    type Told = (String, Option<u16>, Option<String>);

    const FILE: &str = "services: {web: {image: x, expose: ['3000', '3001']}, worker: {image: x}, \
                        db: {image: 'postgres:16', expose: ['5432']}}";

    fn of(file: &str, params: Value) -> Result<Vec<Told>, Failure> {
        let params: CreateApp = serde_json::from_value(params).unwrap();
        let targets = targets(&params, &covibe_compose::compose(file).unwrap())?;
        Ok(targets.into_iter().map(|to| (to.service, to.port, to.domain)).collect())
    }

    #[test]
    fn the_service_is_found_as_far_as_that_is_certain() {
        for (file, service, port) in [
            (FILE, "web", Some(3000)),
            ("services: {a: {image: x, expose: ['1']}, server: {image: x}}", "server", None),
            ("services: {a: {image: x}, redis: {image: redis:7}}", "a", None),
        ] {
            assert_eq!(of(file, json!({})).unwrap(), [(service.to_owned(), port, None)]);
        }
        for (file, hint) in [
            ("services: {a: {image: x}, b: {image: x}}", "one of: a, b;"),
            ("services: {a: {image: x, expose: ['1']}, b: {image: x, expose: ['1']}}", "a, b;"),
            ("services: {db: {image: 'postgres:16'}}", "composeDomains: []"),
        ] {
            let refused = of(file, json!({})).unwrap_err();
            assert_eq!(refused.kind.status(), 400);
            assert!(refused.hint.as_ref().unwrap().contains(hint), "{refused:?}");
        }
    }

    #[test]
    fn services_are_named_by_the_call() {
        let domain = |text: &str| Some(text.to_owned());
        let one = of(FILE, json!({ "composeService": "worker", "domain": "w.x" })).unwrap();
        assert_eq!(one, [("worker".to_owned(), None, domain("w.x"))]);
        let two =
            json!([{ "service": "web", "domain": "auto" }, { "service": "worker", "domain": "b" }]);
        let two = of(FILE, json!({ "composeDomains": two })).unwrap();
        let web = ("web".to_owned(), Some(3000), None);
        assert_eq!(two, [web, ("worker".to_owned(), None, domain("b"))]);
        assert_eq!(of(FILE, json!({ "composeDomains": [] })).unwrap(), []);
        for (params, message) in [
            (json!({ "composeService": "api" }), "no service api"),
            (json!({ "composeService": "db" }), "db is a database"),
            (json!({ "composeDomains": [], "domain": "x" }), "Pass composeDomains, or"),
        ] {
            let refused = of(FILE, params).unwrap_err();
            assert!(refused.message.contains(message) && refused.hint.is_some(), "{refused:?}");
        }
    }
}
