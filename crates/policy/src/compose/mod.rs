//! The compose policy: an agent's compose file is read, checked against lists of what is taken, and
//! written anew.
//!
//! Three parsers would read the agent's text: ours, Coolify's and docker compose's. What is sent is
//! therefore never that text, but our own of the tree that was checked, in a form that leaves nothing
//! to a parser's taste.

mod checks;
mod database;
mod extends;
mod hints;
mod names;
mod plain;
mod refusals;
mod report;
mod service;
mod table;
mod top;
mod variable;
mod yaml;

use covibe_domain::{Failure, Secret};

pub use names::compose_services;
pub use variable::{app_variable, is_generated, own_variable, quoted_variable};

use plain::Plain;
use report::Report;

/// A compose file that passed.
#[derive(Clone, Debug)]
pub struct Compose {
    /// Its services in the order of the file, at least one.
    pub services: Vec<ComposeService>,
    /// What is not wrong and yet worth telling the agent, a sentence each.
    pub hints: Vec<String>,
    text: Secret,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeService {
    /// Its name: `^[a-z0-9][a-z0-9_.-]{0,62}$`, and not digits alone.
    pub name: String,
    /// Its image; tag and digest may hold variables.
    pub image: String,
    /// The container's ports that `expose` lists.
    pub ports: Vec<u16>,
    /// Whether Coolify takes it for a database, which can have no domain.
    pub is_database: bool,
    /// Whether a healthcheck of the file is in force.
    pub has_healthcheck: bool,
}

impl Compose {
    /// The canonical text: what is to be sent in place of the agent's. It may hold credentials.
    pub fn text(&self) -> &str {
        self.text.expose()
    }
}

/// Reads, checks and rewrites a compose file of at most 256 KiB.
///
/// # Errors
/// 403 where something reaches out of the workspace, 400 where something is malformed or not taken;
/// `details.path` is where, `details.problems` all that was found (the first ten). Values are never
/// repeated.
pub fn compose(text: &str) -> Result<Compose, Failure> {
    let mut report = Report::default();
    let raw = yaml::read(text, &mut report);
    let file = raw.as_ref().and_then(|raw| top::file(&mut report, raw));
    if let Some(failure) = report.failure() {
        return Err(failure);
    }
    let (Some(raw), Some(file)) = (raw, file) else {
        return Err(Failure::invalid("composeRaw is not a compose file."));
    };
    let services = described(&file);
    let hints = hints::hints(&raw, &file, &services);
    let text = plain::write(file.members());
    if text.len() > yaml::LONGEST {
        return Err(Failure::invalid(
            "composeRaw is longer than 256 KiB with its aliases written out.",
        ));
    }
    Ok(Compose { services, hints, text: Secret::new(text) })
}

fn described(file: &Plain) -> Vec<ComposeService> {
    let services = file.get("services").map(Plain::members).unwrap_or_default();
    let each = services.iter().map(|(name, service)| ComposeService {
        name: name.clone(),
        image: service.get("image").and_then(Plain::as_str).unwrap_or_default().to_owned(),
        ports: ports(service),
        is_database: database::is_database(service),
        has_healthcheck: checks::health::checks(service),
    });
    each.collect()
}

fn ports(service: &Plain) -> Vec<u16> {
    let items = service.get("expose").map(Plain::items).unwrap_or_default();
    items.iter().filter_map(Plain::as_str).filter_map(checks::networks::port_of).collect()
}
