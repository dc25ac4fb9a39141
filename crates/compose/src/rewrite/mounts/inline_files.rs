//! Files whose text comes with the compose file, as in Coolify's templates: they become `configs`.
//!
//! Coolify writes such a text into a file on the host, and takes it out of the compose file that it
//! stores (4.3.10). A config has the same text without a path of the host.

use super::mount_item::Mount;
use super::mount_source::{self, FileKind, Source};
use crate::file_location::Location;
use crate::refusals;
use crate::rewrite::rewriter::Rewriter;
use crate::yaml_tree::Tree;

pub(super) const WITHIN: &str = "the text is part of the file, so no host path is mounted";

/// The permissions that Coolify gives the files that it writes: scripts have to run.
const MODE: &str = "0755";

/// The text of a file.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    Known(&'a str),
    /// The file exists, and its text is not known.
    Unknown,
}

/// Returns the text of the file that a service mounts; `None` if what it mounts is not known to be a
/// file.
pub(super) fn find<'a>(
    rewriter: &Rewriter<'a>,
    service: &str,
    mount: &'a Mount,
) -> Option<Text<'a>> {
    let source = mount_source::classify(&mount.source, &mount.source);
    if !matches!(source, Source::Folder | Source::Host) {
        return None;
    }
    if let Some(content) = &mount.content {
        return Some(Text::Known(content));
    }
    let is_it = |target: &str| target.strip_suffix(":ro").unwrap_or(target) == mount.target;
    let mut files = rewriter.files.iter();
    let file = files.find(|file| file.service == service && is_it(&file.target))?;
    Some(file.text.as_deref().map_or(Text::Unknown, Text::Known))
}

/// Returns the item of the service's `configs` for a file; `None` if it is refused.
pub(super) fn config(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    mount: &Mount,
    text: Text<'_>,
    why: &'static str,
) -> Option<Tree> {
    let kind = mount_source::file_kind(mount);
    let text = match text {
        Text::Known(text) if !text.is_empty() => text,
        // Docker Compose makes no file of an empty text.
        Text::Known(_) if kind == Some(FileKind::Text) => "\n",
        // It is to be written to, and a config is a copy that each new container begins with.
        Text::Known(_) | Text::Unknown => {
            rewriter.refuse(at, refusals::data_file(&mount.target));
            return None;
        }
    };
    // The text of a file on the host is not interpolated, and that of a config is.
    let name = rewriter.configs.name_of_text(&mount.source, text.replace('$', "$$"));
    rewriter.note(at, format!("became the config {name}"), why);
    Some(Tree::Map(vec![
        ("source".to_owned(), Tree::text(name)),
        ("target".to_owned(), Tree::text(&mount.target)),
        ("mode".to_owned(), Tree::text(MODE)),
    ]))
}

/// Adds items to the `configs` of a service.
pub(super) fn mount(service: &mut Tree, items: Vec<Tree>) {
    match service.get_mut("configs") {
        _ if items.is_empty() => {}
        Some(Tree::List(configs)) => configs.extend(items),
        // Values that are not lists are left to the judge.
        Some(_) => {}
        None => service.set("configs", Tree::List(items)),
    }
}

/// Declares the configs that files became.
pub(super) fn declare(rewriter: &Rewriter<'_>, file: &mut Tree) {
    for (name, text) in rewriter.configs.added() {
        let config = Tree::Map(vec![("content".to_owned(), Tree::text(text))]);
        let mut configs = file.remove("configs").unwrap_or(Tree::Map(Vec::new()));
        configs.set(name, config);
        file.set("configs", configs);
    }
}
