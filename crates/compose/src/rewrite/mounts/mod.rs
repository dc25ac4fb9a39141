//! `volumes`: what a service mounts becomes a named volume of the app where that is harmless.

mod configuration_folders;
mod inline_files;
mod mount_item;
mod mount_source;
mod mount_uses;
mod repository_files;

use std::collections::HashSet;

use self::mount_item::Mount;
use self::mount_source::{FileKind, Source};
use crate::file_location::Location;
use crate::judge::checks::names::is_resource;
use crate::judge::key_tables::MOST_MEMBERS;
use crate::problem::Problem;
use crate::refusals;
use crate::rewrite::rewriter::{Rewriter, each_service, services};
use crate::volumes::NamedVolume;
use crate::yaml_tree::Tree;

const EMPTY: &str = "the host folder becomes a volume, which starts with the image's files there";

const KEPT: &str = "the app has this volume already, with its data";

const LETTER: &str = "Coolify mistakes a single letter for a Windows drive";

const ANONYMOUS: &str = "Coolify would mount a host folder";

/// Rewrites the mounts of a service.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, name: &str, at: &Location, service: &mut Tree) {
    let Some(Tree::List(mounts)) = service.get("volumes").cloned() else { return };
    if mounts.len() > MOST_MEMBERS {
        // The judge refuses so many.
        return;
    }
    let at = at.key("volumes");
    let (mut sent, mut configs) = (Vec::new(), Vec::new());
    for (index, mount) in mounts.iter().enumerate() {
        if configs.len() > MOST_MEMBERS {
            // The judge refuses so many of them, too.
            break;
        }
        let at = at.item(index);
        match mount_item::parse(rewriter, mount) {
            Ok(Some(mount)) => {
                if let Some(found) = repository_files::find(rewriter, (name, service), &mount) {
                    configs.extend(repository_files::configs(rewriter, &at, &mount, found));
                } else if let Some(text) = inline_files::find(rewriter, name, &mount) {
                    configs.extend(inline_files::config(
                        rewriter,
                        &at,
                        &mount,
                        text,
                        inline_files::WITHIN,
                    ));
                } else {
                    sent.extend(rewrite_mount(rewriter, name, &at, service, &mount));
                }
            }
            Ok(None) => sent.push(mount.clone()),
            Err(problem) => rewriter.refuse(&at, problem),
        }
    }
    service.set("volumes", Tree::List(sent));
    inline_files::mount(service, configs);
}

/// Returns what is sent for a mount; nothing if it is dropped or refused.
fn rewrite_mount(
    rewriter: &mut Rewriter<'_>,
    name: &str,
    at: &Location,
    service: &Tree,
    mount: &Mount,
) -> Option<Tree> {
    let evaluated = rewriter.values.evaluate(&mount.source).unwrap_or_default();
    match mount_source::classify(&mount.source, &evaluated) {
        Source::Anonymous => return make_volume(rewriter, name, at, mount, ANONYMOUS),
        // A path of Windows has a second part that is no path in a container.
        Source::Named(_)
            if mount_source::is_letter(&mount.source) && !mount.target.starts_with('/') =>
        {
            rewriter.refuse(at, refusals::host_mount());
        }
        Source::Named(volume) => {
            if mount_source::is_letter(&mount.source) {
                rewriter.note(at, format!("became the volume {volume}"), LETTER);
            }
            if mount.has_other_modes {
                rewriter.note(at, "dropped its mode", "a volume can only be read-only or writable");
            }
            return Some(mount.to_item(&volume));
        }
        Source::Clock => rewriter.note(at, "dropped", "set TZ to choose the time zone"),
        Source::Socket => {
            let is_proxy = mount_source::is_proxy(service.get("image").and_then(Tree::as_str));
            rewriter.refuse(at, refusals::docker_socket(is_proxy));
        }
        Source::Host => rewriter.refuse(at, refusals::host_mount()),
        Source::Folder => {
            if let Some(kind) = mount_source::file_kind(mount) {
                rewriter.refuse(at, of_file(kind, &mount.target, service));
            } else if configuration_folders::reads(mount, service, &rewriter.written) {
                rewriter.refuse(at, refusals::folder_with_content());
            } else {
                return make_volume(rewriter, name, at, mount, EMPTY);
            }
        }
    }
    None
}

/// Returns the problem of a mount of a single file.
fn of_file(kind: FileKind, target: &str, service: &Tree) -> Problem {
    let is_read_only = service.get("read_only") == Some(&Tree::Bool(true));
    match kind {
        FileKind::Text => refusals::single_file(target, is_read_only),
        FileKind::Log => refusals::log_file(),
        FileKind::Data => refusals::data_file(target),
        FileKind::Binary => refusals::binary_file(),
    }
}

/// Returns what is sent for a mount that becomes a volume; nothing if the volume is another place's.
fn make_volume(
    rewriter: &mut Rewriter<'_>,
    service: &str,
    at: &Location,
    mount: &Mount,
    why: &'static str,
) -> Option<Tree> {
    let (volume, why) = match rewriter.volumes.volume_of(&mount.origin(service))? {
        NamedVolume::Own(volume) if rewriter.has_data(volume) => (volume.clone(), KEPT),
        NamedVolume::Own(volume) => (volume.clone(), why),
        NamedVolume::OfOther(other) => {
            let problem = refusals::volume_of_other(&other.volume, &other.service, &other.target);
            rewriter.refuse(at, problem);
            return None;
        }
    };
    rewriter.note(at, format!("became the volume {volume}"), why);
    Some(mount.to_item(&volume))
}

/// Finds the names of the volumes and the configs of the file, so that nothing gets the name of another.
pub(super) fn name(rewriter: &mut Rewriter<'_>, file: &Tree) {
    for (name, _) in file.get("configs").map(Tree::members).unwrap_or_default() {
        rewriter.configs.add_declared(name);
    }
    rewriter.written = configuration_folders::written_folders(rewriter, services(file));
    rewriter.volumes = mount_uses::find(rewriter, file);
}

/// Declares every volume that is mounted and every config that a file became, and drops the options of
/// the volumes that are declared.
pub(super) fn declare(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    inline_files::declare(rewriter, file);
    let at = Location::file().key("volumes");
    let mut declared = match file.remove("volumes") {
        Some(Tree::Map(declared)) => declared,
        _ => Vec::new(),
    };
    for (name, options) in &mut declared {
        *name = mount_source::volume_of(name);
        let mut dropped = Vec::new();
        for key in ["name", "driver", "external", "labels"] {
            dropped.extend(options.remove(key).map(|_| key));
        }
        if options.members().is_empty() {
            *options = Tree::Null;
        }
        if !dropped.is_empty() {
            let why = "the volume belongs to the app, and is empty at first";
            rewriter.note(&at.key(name), format!("dropped {}", dropped.join(", ")), why);
        }
    }
    let mut mounted = Vec::new();
    each_service(file, |_, _, service| {
        let mounts = service.get("volumes").map(Tree::items).unwrap_or_default();
        let named =
            mounts.iter().filter_map(mount_item::volume_of).filter(|name| is_resource(name));
        mounted.extend(named.map(str::to_owned));
    });
    let mut known: HashSet<String> = declared.iter().map(|(name, _)| name.clone()).collect();
    for name in mounted {
        if !known.insert(name.clone()) {
            continue;
        }
        // A mount that became a volume is reported where it was mounted.
        if !rewriter.volumes.has(&name) {
            rewriter.note(
                &at.key(&name),
                "declared",
                "Docker Compose requires a declaration of every volume",
            );
        }
        declared.push((name, Tree::Null));
    }
    if !declared.is_empty() {
        file.set("volumes", Tree::Map(declared));
    }
}
