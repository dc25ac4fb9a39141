//! Names: of services, volumes, networks, hosts.

use super::scalars::literal;
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::yaml::Raw;

/// Whether a service may have this name: `^[a-z0-9][a-z0-9_.-]{0,62}$`, not digits alone, which
/// Coolify would read as a number.
pub(crate) fn is_service(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().next().is_some_and(fine)
        && name.bytes().all(|b| fine(b) || b"_.-".contains(&b))
        && !is_number(name)
}

/// Whether a volume, network, config or secret may have this name. One of a single letter is a drive
/// of Windows to parsers.
pub(crate) fn is_part(name: &str) -> bool {
    (2..=63).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !is_number(name)
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// Whom a container that goes by this name on a network could be taken for: the proxy is on the
/// network of each workspace's services, where docker answers for their names before it asks anybody
/// else. It finds Coolify by the name `coolify`, and certificates at a host of the internet.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    let is_internets =
        name.contains('.').then_some("the platform's proxy could take it for a host elsewhere");
    platforms(name).or(is_internets)
}

fn platforms(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is = name.starts_with("coolify")
        || matches!(name.as_str(), "localhost" | "host.docker.internal");
    is.then_some("the platform itself goes by this name")
}

/// What to do about such a name.
pub(crate) const RENAME: &str = "Use another name, without dots.";

/// The name of a part of the file.
pub(crate) fn part(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 63, is_part)
}

/// The name of a service.
pub(crate) fn service(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 63, is_service)
}

/// What the container calls itself, often a whole domain name.
pub(crate) fn host(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    unless(report, place, raw, platforms)
}

/// A name that others find the container by.
pub(crate) fn alias(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    unless(report, place, raw, reserved)
}

/// A host's name, unless there is a reason against it.
fn unless(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    against: impl Fn(&str) -> Option<&'static str>,
) -> Option<Plain> {
    let name = literal(report, place, raw, 253, is_host)?;
    match name.as_str().and_then(against) {
        Some(reason) => report.forbid(place, reason, Some(RENAME)),
        None => return Some(name),
    }
    None
}

fn is_host(text: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()) && text.bytes().all(fine)
}

/// An absolute path inside the container.
pub(crate) fn path(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 255, is_path)
}

/// Whether a text is an absolute path inside a container, and plain enough for a shell.
pub(crate) fn is_path(text: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"/_.-+@".contains(&b);
    text.len() > 1
        && text.starts_with('/')
        && text.bytes().all(fine)
        && text.split('/').all(|part| part != "..")
}
