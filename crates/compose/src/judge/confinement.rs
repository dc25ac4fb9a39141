//! The keys by which a container leaves its confinement, judged on their own.

use super::service;
use crate::location::Location;
use crate::report::Report;
use crate::tree::Tree;

/// Keys that share something of the host or of other containers with a service.
const KEYS: [&str; 25] = [
    "privileged",
    "network_mode",
    "net",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "cgroup_parent",
    "cap_add",
    "security_opt",
    "devices",
    "device_cgroup_rules",
    "gpus",
    "runtime",
    "isolation",
    "group_add",
    "credential_spec",
    "ports",
    "external_links",
    "volumes_from",
    "use_api_socket",
    "provider",
    "post_start",
    "pre_stop",
];

/// Judges these keys of each service, and nothing else of the file: what Coolify stores or generates
/// has other keys than a file that is sent.
pub(crate) fn confinement(report: &mut Report, file: &Tree) {
    let at = Location::file().key("services");
    for (name, service) in file.get("services").map(Tree::members).unwrap_or_default() {
        let members = service.members().iter();
        let judged = members.filter(|(key, _)| KEYS.contains(&key.as_str()));
        service::service(report, &at.key(name), &Tree::Map(judged.cloned().collect()));
    }
}
