//! The docker volumes of resources.

use crate::coolify::compose::File;
use crate::coolify::model::State;
use crate::coolify::model::flavors::Flavor;

/// Creates the volumes of a new database.
pub(super) fn create_for_database(state: &mut State, uuid: &str, flavor: &Flavor) {
    state.volumes.extend(flavor.volumes.iter().map(|name| format!("{name}-{uuid}")));
}

/// Creates the volumes that a compose file names, where there are none yet.
pub(super) fn create_for_file(state: &mut State, uuid: &str, file: &File) {
    for name in file.services.iter().flat_map(|service| &service.volumes) {
        let name = format!("{uuid}_{name}");
        if !state.volumes.contains(&name) {
            state.volumes.push(name);
        }
    }
}

/// Deletes the volumes of a resource.
pub(super) fn delete(state: &mut State, uuid: &str) {
    state.volumes.retain(|volume| !volume.contains(uuid));
}
