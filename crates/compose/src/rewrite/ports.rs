//! `ports`: the container's side is exposed, and nothing is published on the host.

use super::rewriter::{Rewriter, no_value};
use crate::file_location::Location;
use crate::problem::Problem;
use crate::refusals;
use crate::yaml_tree::Tree;

/// The maximum number of ports of one range.
const LONGEST_RANGE: u16 = 20;

const ROUTED: &str = "domains are routed to a container's port; nothing is published on the host";
const UDP: &str = "a UDP port can't be reached from outside";

/// Replaces `ports` by `expose`.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let Some(ports) = service.remove("ports") else { return };
    let at = at.key("ports");
    if ports.is_null() {
        return;
    }
    let Tree::List(items) = &ports else {
        return rewriter.refuse(&at, refusals::malformed_port());
    };
    let mut exposed = exposed_ports(service);
    for (index, item) in items.iter().enumerate() {
        let item_at = at.item(index);
        match container_ports(rewriter, item) {
            Ok(Ports { protocol, .. }) if protocol == "udp" => {
                rewriter.note(&item_at, "dropped", UDP);
            }
            Ok(Ports { numbers, .. }) => {
                let new: Vec<_> = numbers.filter(|port| !exposed.contains(port)).collect();
                exposed.extend(new);
            }
            Err(problem) => rewriter.refuse(&item_at, problem),
        }
    }
    let shown: Vec<_> = exposed.iter().map(u16::to_string).collect();
    if !shown.is_empty() {
        rewriter.note(&at, format!("became expose: {}", shown.join(", ")), ROUTED);
        service.set("expose", Tree::List(shown.into_iter().map(Tree::Text).collect()));
    }
}

/// Returns the ports that a service exposes already, as far as they can be read.
fn exposed_ports(service: &Tree) -> Vec<u16> {
    let items = service.get("expose").map(Tree::items).unwrap_or_default();
    let number = |item: &Tree| item.as_str()?.trim_end_matches("/tcp").parse().ok();
    items.iter().filter_map(number).collect()
}

/// The container's ports of one item.
struct Ports {
    numbers: std::ops::RangeInclusive<u16>,
    protocol: String,
}

fn container_ports(rewriter: &mut Rewriter<'_>, item: &Tree) -> Result<Ports, Problem> {
    let (text, protocol) = match item {
        Tree::Map(_) => {
            let of = |key: &str| item.get(key).and_then(Tree::as_str);
            (of("target").ok_or_else(refusals::malformed_port)?, of("protocol"))
        }
        _ => (container_side(item.as_str().ok_or_else(refusals::malformed_port)?), None),
    };
    let text = rewriter.values.evaluate(text);
    let text = text.map_err(|why| no_value(rewriter, why))?;
    // A variable may hold a whole mapping.
    let text = container_side(&text);
    let (range, own) = text.split_once('/').unwrap_or((text, protocol.unwrap_or("tcp")));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0_u16);
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Err(refusals::malformed_port());
    };
    if !matches!(own, "tcp" | "udp") || last < first {
        return Err(refusals::malformed_port());
    }
    if last - first >= LONGEST_RANGE {
        return Err(refusals::long_port_range());
    }
    Ok(Ports { numbers: first..=last, protocol: own.to_owned() })
}

/// Returns what stands after the last colon that is not within braces.
fn container_side(text: &str) -> &str {
    let (mut depth, mut from) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => from = at + 1,
            _ => {}
        }
    }
    &text[from..]
}
