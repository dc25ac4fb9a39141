//! Names: of services, resources, hosts and paths.

use super::scalars::literal;
use crate::file_location::Location;
use crate::operator_rules::Rules;
use crate::problem::Problem;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml::is_misread;
use crate::yaml_tree::Tree;

/// Returns whether a service may have this name: `^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`, and nothing
/// that Coolify or Docker Compose would read as a number.
pub(crate) fn is_service(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !is_number(name)
}

/// Returns whether a volume, network, config or secret may have this name:
/// `^[A-Za-z0-9][A-Za-z0-9_.-]{1,62}$`, and not a number. Parsers take a single letter for a drive
/// of Windows.
pub(crate) fn is_resource(name: &str) -> bool {
    (2..=63).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !is_number(name)
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit()) || is_misread(name)
}

/// Returns why a container may not have this name on a network.
///
/// The proxy is on the network of each workspace's services, where Docker resolves their names
/// before any other. The proxy finds Coolify by the name `coolify`, and gets certificates from an
/// internet host.
pub(crate) fn reserved_name(name: &str, rules: &Rules) -> Option<Problem> {
    let lower = name.to_ascii_lowercase();
    let is_listed = rules.reserved_names.iter().any(|each| each.eq_ignore_ascii_case(name));
    if is_listed || lower.starts_with("covibe") {
        return Some(refusals::platform_name());
    }
    if is_like_uuid(name) {
        return Some(refusals::uuid_name());
    }
    platform_name(name).or_else(|| name.contains('.').then(refusals::internet_name))
}

/// Returns whether a name contains what looks like a Coolify id, by which databases and
/// containers of others are found: 24 letters and digits (4.x), one in 68 of them without a digit.
fn is_like_uuid(name: &str) -> bool {
    name.split(['-', '_', '.'])
        .any(|part| part.len() == 24 && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn platform_name(name: &str) -> Option<Problem> {
    let name = name.to_ascii_lowercase();
    let is_platform = name.starts_with("coolify")
        || matches!(name.as_str(), "localhost" | "host.docker.internal");
    is_platform.then(refusals::platform_name)
}

const RESOURCE_RULE: &str =
    "Write 2 to 63 letters, digits and _ . -, starting with a letter or digit.";

const SERVICE_RULE: &str =
    "Write the name of a service: letters, digits and _ . -, starting with a letter or digit.";

const PATH_RULE: &str =
    "Write an absolute path of letters, digits and _ . - + @, without `..`, like /var/lib/data.";

/// Judges the name of a volume, network, config or secret.
pub(crate) fn resource(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 63, RESOURCE_RULE, is_resource)
}

/// Judges the name of a service.
pub(crate) fn service(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 63, SERVICE_RULE, is_service)
}

/// Judges the container's own host name, which rewriting made: `{service}` or
/// `{service}-{app}--{slug}`.
pub(crate) fn hostname(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 63, "Write letters, digits and _ -.", |text| {
        text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    })
}

/// Judges an absolute path in the container.
pub(crate) fn path(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 255, PATH_RULE, is_path)
}

/// Judges the folder in which a container's program starts: any absolute path, the root too.
pub(crate) fn folder(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 255, PATH_RULE, |text| text == "/" || is_path(text))
}

/// Returns whether a text is an absolute path in a container without characters that a shell
/// expands.
pub(crate) fn is_path(text: &str) -> bool {
    text.len() > 1
        && text.starts_with('/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-+@".contains(&b))
        && text.split('/').all(|segment| segment != "..")
}
