//! Names: of services, volumes, networks, hosts.

use super::scalars::literal;
use crate::compose::plain::Plain;
use crate::compose::report::{Place, Report};
use crate::compose::yaml::Raw;

/// Whether a service may have this name: `^[a-z0-9][a-z0-9_.-]{0,62}$`, not digits alone, which
/// Coolify would read as a number.
pub(in crate::compose) fn is_service(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().next().is_some_and(fine)
        && name.bytes().all(|b| fine(b) || b"_.-".contains(&b))
        && !is_number(name)
}

/// Whether a volume, network, config or secret may have this name. One of a single letter is a drive
/// of Windows to parsers.
pub(in crate::compose) fn is_part(name: &str) -> bool {
    (2..=63).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !is_number(name)
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a container that goes by this name could be taken for the platform's own: the proxy is on
/// the network of each workspace's services, and finds Coolify by the name `coolify`.
pub(in crate::compose) fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("coolify") || matches!(name.as_str(), "localhost" | "host.docker.internal")
}

/// The name of a part of the file.
pub(in crate::compose) fn part(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 63, is_part)
}

/// The name of a service.
pub(in crate::compose) fn service(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 63, is_service)
}

/// A name that others find the container by.
pub(in crate::compose) fn host(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let name = literal(report, place, raw, 253, |text| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()) && text.bytes().all(fine)
    })?;
    if name.as_str().is_some_and(is_reserved) {
        report.forbid(place, "the platform itself goes by this name", Some("Use another name."));
        return None;
    }
    Some(name)
}

/// An absolute path inside the container.
pub(in crate::compose) fn path(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 255, is_path)
}

/// Whether a text is an absolute path inside a container, and plain enough for a shell.
pub(in crate::compose) fn is_path(text: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"/_.-+@".contains(&b);
    text.len() > 1
        && text.starts_with('/')
        && text.bytes().all(fine)
        && text.split('/').all(|part| part != "..")
}
