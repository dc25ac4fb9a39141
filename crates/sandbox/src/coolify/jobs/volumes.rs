//! The docker volumes of resources, and the storages that stand for them.

use crate::coolify::compose::{Bind, File};
use crate::coolify::model::{CoolifyState, Family, Flavor, Kind, Source, Storage};

/// Creates the volumes of a new database.
pub(super) fn create_for_database(state: &mut CoolifyState, uuid: &str, flavor: &Flavor) {
    for (name, mount_path) in flavor.volumes {
        let name = format!("{name}-{uuid}");
        add_storage(state, uuid, &name, mount_path, false);
        state.volumes.push(name);
    }
}

/// Creates the volumes that a compose file names, where there are none yet.
pub(super) fn create_for_file(state: &mut CoolifyState, uuid: &str, file: &File) {
    for service in &file.services {
        for (name, mount_path) in &service.volumes {
            let name = format!("{uuid}_{name}");
            if let Some(owner) = container(state, uuid, &service.name) {
                add_storage(state, &owner, &name, mount_path, true);
            }
            add_volume(state, name);
        }
        if let Some(owner) = container(state, uuid, &service.name) {
            for bind in &service.binds {
                add_bind(state, uuid, &owner, bind);
            }
        }
    }
}

/// Adds the file or folder of a mount, unless the container has one there: its text stays although
/// the stored file no longer has it.
fn add_bind(state: &mut CoolifyState, uuid: &str, owner: &str, bind: &Bind) {
    let Bind { source, target, content } = bind;
    if state.attached.storages_of(owner).any(|one| one.is_file() && one.mount_path == *target) {
        return;
    }
    let path = source.strip_prefix("./").or_else(|| source.strip_prefix("~/"));
    let fs_path =
        path.map_or(source.clone(), |path| format!("/data/coolify/services/{uuid}/{path}"));
    let (content, is_directory) = (content.clone(), content.is_none());
    let file = Source::File { fs_path, content, is_directory };
    let storage = Storage::new(state.next_id(), owner, target, file);
    state.attached.storages.push(storage);
}

/// Creates the volumes of an application's storages, as Docker does when its container is created.
pub(super) fn create_for_application(state: &mut CoolifyState, uuid: &str) {
    let names = state.attached.storages_of(uuid).filter_map(Storage::volume);
    let names: Vec<_> = names.map(str::to_owned).collect();
    for name in names {
        add_volume(state, name);
    }
}

/// Deletes the volumes of a resource.
pub(super) fn delete(state: &mut CoolifyState, uuid: &str) {
    state.volumes.retain(|volume| !volume.contains(uuid));
}

fn add_volume(state: &mut CoolifyState, name: String) {
    if !state.volumes.contains(&name) {
        state.volumes.push(name);
    }
}

/// Returns the uuid of a service's container; none for an application.
fn container(state: &CoolifyState, uuid: &str, name: &str) -> Option<String> {
    let Kind::Service(stack) = &state.find(Family::Service, uuid).ok()?.kind else { return None };
    let found = stack.containers.iter().find(|one| one.name == name && one.is_in_file);
    found.map(|one| one.uuid.clone())
}

fn add_storage(
    state: &mut CoolifyState,
    owner: &str,
    name: &str,
    mount_path: &str,
    is_read_only: bool,
) {
    if state.attached.storages_of(owner).any(|one| one.volume() == Some(name)) {
        return;
    }
    let source = Source::Persistent { name: name.to_owned(), host_path: None };
    let id = state.next_id();
    let storage = Storage::new(id, owner, mount_path, source);
    state.attached.storages.push(Storage { is_read_only, ..storage });
}
