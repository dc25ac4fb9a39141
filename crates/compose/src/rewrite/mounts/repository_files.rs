//! Files of the repository that a service mounts: they become `configs`. Coolify would mount an empty folder of the host
//! for each of them (seen with 4.3.11).

use super::inline_files::{self, Text};
use super::mount_item::Mount;
use crate::file_location::Location;
use crate::refusals;
use crate::repository::{CommittedFile, below, is_placeholder, join_paths};
use crate::rewrite::rewriter::Rewriter;
use crate::yaml_tree::Tree;

const COMMITTED: &str = "each deployment has the committed text; changes that the app makes there \
                         are lost with the next one";

const IN_IMAGE: &str = "the image contains the files that its build copies from there";

/// The files of the repository that a mount means.
pub(super) enum Committed<'a> {
    /// One file.
    File(&'a CommittedFile),
    /// A path through this symbolic link.
    Link(String),
    /// A folder, whose files a service that is built from it has in its image.
    InImage,
    /// A folder whose files are texts: these, by their paths from it.
    Folder(Vec<(&'a str, &'a CommittedFile)>),
    /// A folder with other files, or with too many.
    OtherFolder,
}

/// Returns what a mount of a service has in the repository; `None` if nothing of it is committed.
pub(super) fn find<'a>(
    rewriter: &Rewriter<'a>,
    (name, service): (&str, &Tree),
    mount: &Mount,
) -> Option<Committed<'a>> {
    let repository = rewriter.repository?;
    let is_it = |one: &crate::volumes::Mount| one.service == name && one.target == mount.target;
    if rewriter.running.iter().any(is_it) {
        // The place has a volume with its data, whatever was committed since.
        return None;
    }
    if mount.source.is_empty() || !mount.source.starts_with('.') && !mount.source.contains('/') {
        return None;
    }
    let path = repository.resolve(&mount.source)?;
    if let Some(link) = repository.link_on(&path) {
        return Some(Committed::Link(link.to_owned()));
    }
    if let Some(file) = repository.file(&path) {
        return Some(Committed::File(file));
    }
    let files = repository.files_below(&path).filter(|(name, _)| !is_placeholder(name));
    let (files, is_filled) = (files.collect::<Vec<_>>(), repository.is_filled_folder(&path));
    if files.is_empty() && !is_filled {
        return None;
    }
    let context = service.get("build").and_then(|build| build.get("context"));
    let context = context.and_then(Tree::as_str).and_then(|it| repository.path_from_root(it));
    let is_in_image = context.is_some_and(|context| below(&path, &context).is_some());
    if is_in_image {
        return Some(Committed::InImage);
    }
    let link = files.iter().find(|(_, file)| **file == CommittedFile::Link);
    Some(match link {
        Some((name, _)) => Committed::Link(join_paths(&path, name).unwrap_or_default()),
        None if is_filled || files.iter().any(|(_, file)| file.text().is_none()) => {
            Committed::OtherFolder
        }
        None => Committed::Folder(files),
    })
}

/// Returns the items of the service's `configs` for what a mount has; none for what is dropped or refused.
pub(super) fn configs(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    mount: &Mount,
    found: Committed<'_>,
) -> Vec<Tree> {
    match found {
        Committed::InImage => {
            rewriter.note(at, "dropped", IN_IMAGE);
            Vec::new()
        }
        Committed::Link(link) => {
            rewriter.refuse(at, refusals::committed_link(&link));
            Vec::new()
        }
        Committed::File(CommittedFile::Other | CommittedFile::Link) => {
            rewriter.refuse(at, refusals::binary_file());
            Vec::new()
        }
        Committed::File(CommittedFile::Text(text)) => {
            config(rewriter, at, mount, text).into_iter().collect()
        }
        Committed::OtherFolder => {
            rewriter.refuse(at, refusals::committed_folder());
            Vec::new()
        }
        Committed::Folder(files) => {
            let mut items = Vec::new();
            for (name, file) in files {
                let text = file.text().unwrap_or_default();
                items.extend(config(rewriter, at, &mount.file(name), text));
            }
            items
        }
    }
}

fn config(rewriter: &mut Rewriter<'_>, at: &Location, mount: &Mount, text: &str) -> Option<Tree> {
    // Docker Compose makes no file of an empty text.
    let text = if text.is_empty() { "\n" } else { text };
    inline_files::config(rewriter, at, mount, Text::Known(text), COMMITTED)
}
