//! One item of `volumes`, in the short or the long form.

use crate::problem::Problem;
use crate::refusals;
use crate::rewrite::rewriter::{Rewriter, no_value};
use crate::volumes::Origin;
use crate::yaml_tree::Tree;

/// A mount of a volume or a folder.
pub(super) struct Mount {
    /// The source as it was written; empty for an anonymous volume.
    pub(super) source: String,
    pub(super) target: String,
    pub(super) is_read_only: bool,
    /// True if it had modes that are not sent.
    pub(super) has_other_modes: bool,
    /// The text of a file, as Coolify's templates write it into the mount.
    pub(super) content: Option<String>,
    /// The options of a volume in the long form.
    options: Option<Tree>,
}

/// Keys of a long form.
const KNOWN: [&str; 7] = ["type", "source", "target", "read_only", "volume", "bind", "consistency"];

/// Keys that only Coolify knows, for a file or folder that it makes.
const OF_COOLIFY: [&str; 4] = ["content", "is_directory", "isDirectory", "mode"];

impl Mount {
    /// Returns the origin of a volume of it.
    pub(super) fn origin(&self, service: &str) -> Origin {
        if self.source.is_empty() {
            let (service, target) = (service.to_owned(), self.target.clone());
            return Origin::Place { service, target };
        }
        Origin::source(&self.source)
    }

    /// Returns the mount of a file in a folder that this one mounts, by its path from there.
    pub(super) fn file(&self, name: &str) -> Self {
        let below = |folder: &str| format!("{}/{name}", folder.trim_end_matches('/'));
        Self {
            source: below(&self.source),
            target: below(&self.target),
            is_read_only: self.is_read_only,
            has_other_modes: false,
            content: None,
            options: None,
        }
    }

    /// Returns the item that is sent for it, with a volume of this name.
    pub(super) fn to_item(&self, volume: &str) -> Tree {
        let Self { target, is_read_only, options, .. } = self;
        let Some(options) = options else {
            let mode = if *is_read_only { ":ro" } else { "" };
            return Tree::Text(format!("{volume}:{target}{mode}"));
        };
        let mut members = vec![
            ("type".to_owned(), Tree::text("volume")),
            ("source".to_owned(), Tree::text(volume)),
            ("target".to_owned(), Tree::text(target)),
            ("volume".to_owned(), options.clone()),
        ];
        if *is_read_only {
            members.push(("read_only".to_owned(), Tree::Bool(true)));
        }
        Tree::Map(members)
    }
}

/// Reads an item. Returns `None` for one of another type, which the judge handles.
pub(super) fn parse(rewriter: &mut Rewriter<'_>, item: &Tree) -> Result<Option<Mount>, Problem> {
    let mut mount = match item {
        Tree::Map(_) => match long(item) {
            Some(mount) => mount,
            None => return Ok(None),
        },
        _ => short(item.as_str().ok_or_else(refusals::malformed_mount)?)?,
    };
    let target = rewriter.values.evaluate(&mount.target);
    mount.target = target.map_err(|why| no_value(rewriter, why))?;
    Ok(Some(mount))
}

fn short(text: &str) -> Result<Mount, Problem> {
    let parts = split(text);
    let (source, target, mode) = match parts[..] {
        [target] => ("", target, ""),
        [source, target] => (source, target, ""),
        [source, target, mode] => (source, target, mode),
        _ => return Err(refusals::malformed_mount()),
    };
    let modes: Vec<_> = mode.split(',').filter(|mode| !mode.is_empty()).collect();
    Ok(Mount {
        source: source.to_owned(),
        target: target.to_owned(),
        is_read_only: modes.contains(&"ro"),
        has_other_modes: modes.iter().any(|mode| !matches!(*mode, "ro" | "rw")),
        content: None,
        options: None,
    })
}

/// Splits at the colons that are not within braces.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0_u32, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn long(item: &Tree) -> Option<Mount> {
    let of = |key: &str| item.get(key).and_then(Tree::as_str);
    let kind = of("type").filter(|kind| matches!(*kind, "volume" | "bind"))?;
    let is_bind = kind == "bind";
    let is_known = |key: &str| KNOWN.contains(&key) || is_bind && OF_COOLIFY.contains(&key);
    if !item.members().iter().all(|(key, _)| is_known(key)) {
        return None;
    }
    let is_on = |key: &str| item.get(key) == Some(&Tree::Bool(true));
    let is_folder = is_on("is_directory") || is_on("isDirectory");
    let content = item.get("content").filter(|content| !is_folder && !content.is_null());
    if content.is_some_and(|content| content.as_str().is_none()) {
        return None;
    }
    let target = of("target")?;
    // Coolify writes the short form of a path, in which this is the mode.
    let plain = target.strip_suffix(":ro").filter(|_| is_bind);
    Some(Mount {
        source: of("source").unwrap_or_default().to_owned(),
        target: plain.unwrap_or(target).to_owned(),
        is_read_only: is_on("read_only") || plain.is_some(),
        has_other_modes: false,
        content: content.and_then(Tree::as_str).map(str::to_owned),
        options: item.get("volume").filter(|options| !is_bind && !options.is_null()).cloned(),
    })
}

/// Returns the volume of an item that is sent.
pub(super) fn volume_of(item: &Tree) -> Option<&str> {
    match item {
        Tree::Map(_) => item.get("source").and_then(Tree::as_str),
        _ => item.as_str()?.split_once(':').map(|(source, _)| source),
    }
}
