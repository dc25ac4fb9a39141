//! `sysctls` of the container's own namespaces.

use super::pairs::pairs;
use crate::location::Location;
use crate::refusals;
use crate::report::Report;
use crate::tree::Tree;

/// Kernel parameters that each container has of its own (docker, "namespaced sysctls").
const NAMESPACED: [&str; 5] = ["net.ipv4.", "net.ipv6.", "net.core.", "fs.mqueue.", "kernel.shm"];

/// `sysctls`, as a mapping of strings.
pub(crate) fn sysctls(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let mut members = Vec::new();
    for pair in pairs(report, location, node)? {
        let value = pair.value.unwrap_or_default();
        let is_plain = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._- ".contains(&b))
        };
        let is_own = NAMESPACED.iter().any(|start| pair.name.starts_with(start));
        if is_own && is_plain(&pair.name) && is_plain(&value) {
            members.push((pair.name, Tree::Text(value)));
        } else {
            report.add(&pair.location, refusals::kernel_parameters());
        }
    }
    Some(Tree::Map(members))
}
