//! Networks: the app's own, and the destination's, which Coolify adds for databases.

use super::allowed_names::{OwnNames, Strays};
use super::node_reading::{entries, is_true, items, member, text};
use crate::file_location::Location;
use crate::yaml::{self, Node};

/// Checks the networks that the file declares, and returns those from outside that Coolify added.
pub(super) fn check_declared(root: &Node, own: &OwnNames<'_>, found: &mut Strays) -> Vec<String> {
    let at = Location::file().key("networks");
    let sent = own.sent.and_then(|sent| yaml::read_stored(sent).ok());
    let sent = sent.as_deref().and_then(|sent| member(sent, "networks"));
    let mut added = Vec::new();
    for (name, network) in entries(member(root, "networks")) {
        let written = text(member(network, "name"));
        let is_outside = is_true(member(network, "external")) || written.is_some();
        if !is_outside || written.unwrap_or(name) == own.uuid {
            continue;
        }
        let is_sent = entries(sent).any(|(key, _)| key == name);
        if is_sent || written.is_some_and(|written| written != name) || !added.is_empty() {
            found.add(&at.key(name), "the network belongs to somebody else");
        }
        added.push(name.to_owned());
    }
    added
}

/// Checks the networks of a service. On the network of the databases, its only name is that of its
/// container.
pub(super) fn check_attached(
    service: &str,
    networks: Option<&Node>,
    added: &[String],
    own: &OwnNames<'_>,
    at: &Location,
    found: &mut Strays,
) {
    let container = own.container(service);
    for (name, options) in entries(networks) {
        let mut aliases = items(member(options, "aliases")).map(|alias| text(Some(alias)));
        let is_shared = added.iter().any(|each| each == name);
        if is_shared && aliases.any(|alias| alias != Some(&container)) {
            found.add(
                &at.key("networks").key(name),
                "the service has an alias other than its container's name",
            );
        }
    }
}
