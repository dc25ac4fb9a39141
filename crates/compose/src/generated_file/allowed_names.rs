//! The names that a generated file may contain, and the strays that were found in it.

use crate::file_location::Location;

/// The names that the generated file of an app may contain.
#[derive(Clone, Copy, Debug)]
pub struct OwnNames<'a> {
    /// The uuid of Coolify's service, with which it names containers, volumes and the network.
    pub uuid: &'a str,
    /// The services that have domains, each with its hosts in lower case.
    pub hosts: &'a [(String, Vec<String>)],
    /// The file that was sent, if it is known.
    pub sent: Option<&'a str>,
}

impl OwnNames<'_> {
    /// Returns whether a service of this name has the host.
    pub(super) fn has_host(&self, service: &str, host: &str) -> bool {
        let own = self.hosts.iter().find(|(name, _)| name == service);
        own.is_some_and(|(_, hosts)| hosts.iter().any(|each| each.eq_ignore_ascii_case(host)))
    }

    /// Returns the name that Coolify gives the container of a service.
    pub(super) fn container(&self, service: &str) -> String {
        format!("{service}-{}", self.uuid)
    }
}

/// Something in a generated file that belongs to others, or to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Where it is in the generated file, such as `services.web.labels`.
    pub path: String,
    /// The problem, as a clause in lower case.
    pub problem: &'static str,
}

/// The strays that were found so far.
#[derive(Default)]
pub(super) struct Strays(pub(super) Vec<Stray>);

impl Strays {
    pub(super) fn add(&mut self, at: &Location, problem: &'static str) {
        self.0.push(Stray { path: at.to_string(), problem });
    }
}
