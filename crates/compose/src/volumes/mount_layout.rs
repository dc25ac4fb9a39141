//! The services of a file with their volumes, as they are kept while another file is stored.

use serde::{Deserialize, Serialize};

use super::{Mount, Shape, image_repository, mounts};
use crate::yaml_tree::Tree;

/// The services of a compose file, each with its image and its volumes. It has no value of a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout(Vec<Service>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Service {
    name: String,
    /// Its image without tag and digest.
    repository: String,
    /// The path in the container and the volume of each mount.
    mounts: Vec<(String, String)>,
}

impl Layout {
    /// Returns the layout of a file.
    pub(crate) fn from_tree(file: &Tree) -> Self {
        let (services, all) = (file.get("services").map(Tree::members), mounts(file));
        let service = |(name, service): &(String, Tree)| {
            let image = service.get("image").and_then(Tree::as_str).unwrap_or_default();
            let own = all.iter().filter(|mount| mount.service == *name);
            let mounts = own.map(|mount| (mount.target.clone(), mount.volume.clone())).collect();
            Service { name: name.clone(), repository: image_repository(image), mounts }
        };
        Self(services.unwrap_or_default().iter().map(service).collect())
    }

    /// Returns the volumes that the services mount, in the file's order.
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        let mount = |service: &Service, (target, volume): &(String, String)| Mount {
            service: service.name.clone(),
            target: target.clone(),
            volume: volume.clone(),
        };
        self.0.iter().flat_map(|one| one.mounts.iter().map(move |it| mount(one, it))).collect()
    }

    /// Returns the features that distinguish the services.
    pub(crate) fn shapes(&self) -> Vec<Shape> {
        let shape = |service: &Service| Shape {
            name: service.name.clone(),
            repository: service.repository.clone(),
            targets: service.mounts.iter().map(|(target, _)| target.clone()).collect(),
        };
        self.0.iter().map(shape).collect()
    }
}
