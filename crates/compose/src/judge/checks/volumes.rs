//! `volumes` and `tmpfs`: named volumes of the file, and memory; nothing of the host.

use super::names::{self, is_path, is_resource};
use super::scalars::{
    MOST_MEMORY_FILES, boolean, integer, is_within, literal, memory_files, text_of,
};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields, mapping};
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// Judges an item of a service's `volumes`, in the short or the long form.
pub(crate) fn mount(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    match node {
        Tree::Map(_) => long(report, location, node),
        _ => short(report, location, node),
    }
}

/// Judges `name:/path[:mode]`. A path alone is refused: it is an anonymous volume to Docker, but a
/// path of the host to Coolify (4.3.11, `parseDockerVolumeString`).
fn short(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let text = text_of(node).unwrap_or_default();
    let mut parts = text.splitn(3, ':');
    let (source, target, mode) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if is_host_path(source) {
        report.add(location, refusals::host_mount());
    } else if text.contains('$') {
        report.add(location, refusals::malformed_mount());
    } else if is_resource(source)
        && target.is_some_and(is_path)
        && mode.is_none_or(|mode| matches!(mode, "ro" | "rw" | "z" | "Z"))
    {
        return Some(Tree::text(text));
    } else {
        report.add(location, refusals::malformed_mount());
    }
    None
}

/// Returns whether Docker or Coolify would read the source as a path.
fn is_host_path(source: &str) -> bool {
    source.trim_start().starts_with(['/', '.', '~', '\\']) || source.contains(['/', '\\'])
}

const LONG: Table = &[
    ("type", Rule::OneOf(&["volume", "tmpfs"])),
    ("source", Rule::Accept(names::resource)),
    ("target", Rule::Accept(names::path)),
    ("read_only", Rule::Accept(boolean)),
    ("volume", Rule::Fields(VOLUME)),
    ("tmpfs", Rule::Fields(TMPFS)),
    ("bind", Rule::Refuse(refusals::host_mount)),
    ("consistency", Rule::Drop),
];

const VOLUME: Table = &[("nocopy", Rule::Accept(boolean))];

const TMPFS: Table = &[("size", Rule::Accept(memory_files)), ("mode", Rule::Accept(octal))];

/// Judges permissions, octal if they begin with a zero, and returns them as the number that Docker
/// Compose wants in a mount: it refuses a text there.
fn octal(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let written = text_of(node).unwrap_or_default();
    if written.starts_with('0') && written.len() > 1 {
        let mode = mode(report, location, node)?;
        return i64::from_str_radix(mode.as_str().unwrap_or_default(), 8).ok().map(Tree::Int);
    }
    integer(report, location, node, 0..=0o7777)
}

/// Judges permissions, as a string of octal digits.
pub(crate) fn mode(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 5, "Write octal digits, like 0755.", |text| {
        (3..=5).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b))
    })
}

fn long(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let entries = mapping(report, location, node)?;
    let written = |name: &str| {
        let found = entries.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| text_of(value)).unwrap_or_default()
    };
    if matches!(written("type"), "bind" | "npipe" | "cluster" | "image")
        || is_host_path(written("source"))
    {
        report.add(location, refusals::host_mount());
        return None;
    }
    let before = report.count();
    let mount = Tree::Map(fields(report, location, node, &[LONG])?);
    let has = |name: &str| mount.get(name).is_some();
    let is_volume = mount.get("type").and_then(Tree::as_str) == Some("volume");
    let is_complete = has("type") && has("target") && has("source") == is_volume;
    if !is_complete && report.count() == before {
        report.add(location, refusals::incomplete_mount());
    }
    is_complete.then_some(mount)
}

/// Judges an item of `tmpfs`: a path, and options after a colon.
pub(crate) fn tmpfs(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write /path or /path:size=64m,mode=1777.";
    literal(report, location, node, 255, rule, |text| {
        let (path, options) = text.split_once(':').unwrap_or((text, "rw"));
        is_path(path) && options.split(',').all(is_tmpfs_option)
    })
}

fn is_tmpfs_option(option: &str) -> bool {
    match option.split_once('=') {
        Some((name, value)) => {
            matches!(name, "size" | "mode" | "uid" | "gid")
                && !value.is_empty()
                && value.bytes().all(|b| b.is_ascii_alphanumeric())
                && (name != "size" || is_within(value, MOST_MEMORY_FILES))
        }
        None => matches!(option, "rw" | "ro" | "exec" | "noexec" | "nosuid" | "nodev"),
    }
}

/// Judges a declaration at top level, which is sent without content.
pub(crate) fn declaration(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const DECLARATION: Table = &[("driver_opts", Rule::Refuse(refusals::volume_options))];
    if !node.is_null() {
        fields(report, location, node, &[DECLARATION])?;
    }
    Some(Tree::Null)
}

/// Judges the number of a user or group in the container.
pub(crate) fn id(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let id = integer(report, location, node, 0..=4_294_967_294)?;
    if let Tree::Int(id) = id { Some(Tree::text(id.to_string())) } else { None }
}
