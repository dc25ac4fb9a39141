//! `volumes` and `tmpfs`: named volumes of the file, and memory. Nothing of the host.

use super::names::{self, is_part, is_path};
use super::scalars::{literal, size, switch, text_of, whole};
use crate::canonical::Plain;
use crate::judge::table::{Rule, Table, fields, mapping, one_of};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Value};

const HOST: &str = "it mounts a path of the host";

const NAMED: &str = "Use a named volume, like data:/var/lib/data, and declare it at top level; small files go into `configs`.";

/// An item of a service's `volumes`, in the short or the long form.
pub(crate) fn mount(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    match &raw.value {
        Value::Map(_) => long(report, place, raw),
        _ => short(report, place, raw),
    }
}

/// `name:/path[:mode]`. A path alone is a volume without a name to docker, and a path of the host to
/// Coolify (4.3.11, `parseDockerVolumeString`), so it is refused as one.
fn short(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let text = text_of(raw).unwrap_or_default();
    let mut parts = text.splitn(3, ':');
    let (source, target, mode) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if is_host(source) {
        report.forbid(place, HOST, Some(NAMED));
    } else if text.contains('$') {
        report.forbid(place, "it mounts what a variable will say", Some(NAMED));
    } else if is_part(source)
        && target.is_some_and(is_path)
        && mode.is_none_or(|mode| matches!(mode, "ro" | "rw" | "z" | "Z"))
    {
        return Some(Plain::text(text));
    } else {
        report.reject(place, "it is not name:/path or name:/path:ro", Some(NAMED));
    }
    None
}

/// Whether docker or Coolify takes the source for a path.
fn is_host(source: &str) -> bool {
    source.trim_start().starts_with(['/', '.', '~', '\\']) || source.contains(['/', '\\'])
}

const LONG: Table = &[
    ("type", Rule::Take(|report, place, raw| one_of(report, place, raw, &["volume", "tmpfs"]))),
    ("source", Rule::Take(names::part)),
    ("target", Rule::Take(names::path)),
    ("read_only", Rule::Take(switch)),
    ("volume", Rule::Take(|report, place, raw| options(report, place, raw, VOLUME))),
    ("tmpfs", Rule::Take(|report, place, raw| options(report, place, raw, TMPFS))),
    ("bind", Rule::Escape(HOST, NAMED)),
    ("consistency", Rule::Drop),
];

const VOLUME: Table = &[("nocopy", Rule::Take(switch))];

const TMPFS: Table = &[("size", Rule::Take(size)), ("mode", Rule::Take(mode))];

fn options(report: &mut Report, place: &Place, raw: &Raw, table: Table) -> Option<Plain> {
    fields(report, place, raw, &[table]).map(Plain::Map)
}

/// Permissions, as octal digits in a text.
pub(crate) fn mode(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 5, |text| {
        (3..=5).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b))
    })
}

fn long(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let entries = mapping(report, place, raw)?;
    let told = |name: &str| {
        let found = entries.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| text_of(value)).unwrap_or_default()
    };
    if matches!(told("type"), "bind" | "npipe" | "cluster" | "image") || is_host(told("source")) {
        report.forbid(place, HOST, Some(NAMED));
        return None;
    }
    let before = report.count();
    let plain = Plain::Map(fields(report, place, raw, &[LONG])?);
    let has = |name: &str| plain.get(name).is_some();
    let is_volume = plain.get("type").and_then(Plain::as_str) == Some("volume");
    let fits = has("type") && has("target") && has("source") == is_volume;
    if !fits && report.count() == before {
        let fix = "Write type: volume with source and target, or type: tmpfs with target.";
        report.reject(place, "it lacks a member or has one too many", Some(fix));
    }
    fits.then_some(plain)
}

/// An item of `tmpfs`: a path, and options after a colon.
pub(crate) fn tmpfs(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 255, |text| {
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
        }
        None => matches!(option, "rw" | "ro" | "exec" | "noexec" | "nosuid" | "nodev"),
    }
}

/// A declaration at top level: with nothing in it.
pub(crate) fn declaration(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const DECLARATION: Table = &[
        (
            "driver",
            Rule::Take(|report, place, raw| {
                if text_of(raw) == Some("local") {
                    return Some(Plain::text("local"));
                }
                report.forbid(place, "the volume is not a local one", Some("Remove driver."));
                None
            }),
        ),
        ("driver_opts", Rule::Escape("it can mount a path of the host", "Remove it.")),
        ("external", Rule::Escape("it takes a volume from outside of this app", "Remove it.")),
        (
            "name",
            Rule::Escape("it can take a volume of another app", "Remove it: the key is its name."),
        ),
        ("labels", Rule::Drop),
    ];
    if !raw.is_null() {
        fields(report, place, raw, &[DECLARATION])?;
    }
    // Nothing that may be said differs from what is so without it.
    Some(Plain::Null)
}

/// A number of a user or group inside the container.
pub(crate) fn id(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let id = whole(report, place, raw, 0..=4_294_967_294)?;
    if let Plain::Int(id) = id { Some(Plain::text(id.to_string())) } else { None }
}
