//! The mounts of a file that become volumes, read before any of them is rewritten.

use std::collections::{BTreeMap, BTreeSet};

use super::mount_source::{self, Source};
use super::{inline_files, mount_item};
use crate::file_location::Location;
use crate::judge::volume_name;
use crate::refusals::too_many_mounts;
use crate::rewrite::rewriter::{Rewriter, services};
use crate::volumes::{
    Layout, Naming, Origin, Shape, Volumes, find_renamed, image_repository, place,
};
use crate::yaml_tree::Tree;

/// The maximum number of folders and anonymous volumes that are named: each name is compared with those of all others.
const MOST_ORIGINS: usize = 500;

/// Finds the volumes of a file, before its mounts are rewritten.
pub(super) fn find(rewriter: &mut Rewriter<'_>, file: &Tree) -> Volumes {
    let mut uses = Uses::default();
    for (name, service) in services(file) {
        let items = service.get("volumes").map(Tree::items).unwrap_or_default();
        for item in items {
            uses.add(rewriter, name, item);
        }
    }
    if uses.places.len() > MOST_ORIGINS {
        rewriter.refuse(&Location::file().key("services"), too_many_mounts());
        return Volumes::default();
    }
    let declared = file.get("volumes").map(Tree::members).unwrap_or_default();
    let declared = declared.iter().map(|(name, _)| mount_source::volume_of(name));
    uses.named.extend(declared.map(|name| volume_name(&name)));
    let present = rewriter.present.map(Layout::from_tree).unwrap_or_default();
    let shapes = uses.shapes(rewriter, file);
    let renamed = find_renamed(&present.shapes(), &shapes);
    let services = shapes.into_iter().map(|shape| shape.name).collect();
    let Uses { places, named, .. } = &uses;
    let present = &present.mounts();
    let naming = Naming { places, named, services, present, renamed: &renamed };
    Volumes { named: naming.all(), renamed }
}

/// The mounts of a file.
#[derive(Default)]
struct Uses {
    /// The places of each origin: the service and the target.
    places: BTreeMap<Origin, Vec<(String, String)>>,
    /// The volumes that the file names itself, as Coolify names them.
    named: BTreeSet<String>,
    /// Every service with the targets of its volumes.
    targets: Vec<(String, String)>,
}

impl Uses {
    fn add(&mut self, rewriter: &mut Rewriter<'_>, service: &str, item: &Tree) {
        let Ok(Some(mount)) = mount_item::parse(rewriter, item) else { return };
        if inline_files::find(rewriter, service, &mount).is_some() {
            return;
        }
        let evaluated = rewriter.values.evaluate(&mount.source).unwrap_or_default();
        let place = (service.to_owned(), place(&mount.target).to_owned());
        match mount_source::classify(&mount.source, &evaluated) {
            Source::Named(volume) => drop(self.named.insert(volume_name(&volume))),
            Source::Folder | Source::Anonymous => {
                let origin = mount.origin(service);
                self.places.entry(origin).or_default().push(place.clone());
            }
            Source::Clock | Source::Socket | Source::Host => return,
        }
        self.targets.push(place);
    }

    fn shapes(&self, rewriter: &Rewriter<'_>, file: &Tree) -> Vec<Shape> {
        let shape = |(name, service): &(String, Tree)| {
            let image = service.get("image").and_then(Tree::as_str).unwrap_or_default();
            let image = rewriter.values.evaluate(image).unwrap_or_default();
            let own = self.targets.iter().filter(|(service, _)| service == name);
            let targets = own.map(|(_, target)| target.clone()).collect();
            Shape { name: name.clone(), repository: image_repository(&image), targets }
        };
        services(file).iter().map(shape).collect()
    }
}
