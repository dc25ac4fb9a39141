//! The volumes of a resource, the containers that mount them, and their removal.

use std::collections::BTreeSet;

use covibe_docker_host::{
    Conflict, ContainerDetails, Error, Mount, MountKind, is_anonymous_volume,
};
use covibe_domain::{Failure, boxed};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::errors::{change_failure, failure};
use super::{OnHost, OwnContainer};

/// The number of containers that are inspected concurrently.
const CONCURRENCY: usize = 4;

/// A volume that is a resource's own. Only [`Inventory::own_volume`] returns one.
#[derive(Clone, Debug)]
pub struct OwnVolume {
    name: String,
    is_anonymous: bool,
}

impl OwnVolume {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether it has no name of its own, so that it is removed with its container.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }
}

/// The containers and volumes of a resource at one moment.
#[derive(Debug)]
pub struct Inventory {
    /// The volumes that are the resource's by label and name, whether a container mounts them or not.
    labelled: BTreeSet<String>,
    containers: Vec<(OwnContainer, ContainerDetails)>,
}

impl Inventory {
    /// Returns the names of the volumes that are the resource's by their label and their name.
    pub fn labelled(&self) -> impl Iterator<Item = &str> {
        self.labelled.iter().map(String::as_str)
    }

    /// Returns the resource's containers with their states.
    pub fn containers(&self) -> impl Iterator<Item = (&OwnContainer, &ContainerDetails)> {
        self.containers.iter().map(|(container, state)| (container, state))
    }

    /// Returns the volumes that the containers mount, each with a container and the path in it.
    pub fn mounts(&self) -> impl Iterator<Item = (&str, &OwnContainer, &str)> {
        self.containers.iter().flat_map(|(container, state)| {
            volumes_of(state).map(move |(name, path)| (name, container, path))
        })
    }

    /// Returns the containers that mount a volume of this name.
    pub fn users<'a>(&'a self, volume: &'a str) -> impl Iterator<Item = &'a OwnContainer> {
        let mounts =
            move |state: &ContainerDetails| volumes_of(state).any(|(name, _)| name == volume);
        self.containers().filter(move |(_, state)| mounts(state)).map(|(container, _)| container)
    }

    /// Returns the volume of this name if it is the resource's own: by its label and its name, or because docker
    /// created it for one of its containers.
    pub fn own_volume(&self, name: &str) -> Option<OwnVolume> {
        let is_anonymous = is_anonymous_volume(name) && self.users(name).next().is_some();
        let is_own = self.labelled.contains(name) || is_anonymous;
        is_own.then(|| OwnVolume { name: name.to_owned(), is_anonymous })
    }

    /// Returns whether a container mounts a volume without a name, which is removed with it or remains forever.
    pub fn has_anonymous(&self) -> bool {
        self.mounts().any(|(name, ..)| is_anonymous_volume(name))
    }

    /// Returns the volumes without a name that are mounted by containers which also mount this one.
    pub fn anonymous_beside(&self, volume: &OwnVolume) -> BTreeSet<String> {
        let uses =
            |state: &ContainerDetails| volumes_of(state).any(|(name, _)| name == volume.name);
        let states = self.containers.iter().map(|(_, state)| state).filter(|state| uses(state));
        let beside = states.flat_map(volumes_of).map(|(name, _)| name);
        let beside = beside.filter(|name| is_anonymous_volume(name) && *name != volume.name);
        beside.map(str::to_owned).collect()
    }
}

/// Returns the volumes that a container mounts, each with its path.
fn volumes_of(state: &ContainerDetails) -> impl Iterator<Item = (&str, &str)> {
    let mounts = state.mounts.iter().filter(|mount| mount.kind == MountKind::Volume);
    mounts.filter_map(|Mount { name, destination, .. }| Some((name.as_deref()?, &**destination)))
}

impl OnHost {
    /// Inspects the resource's containers and volumes.
    #[boxed]
    pub async fn inventory(&self) -> Result<Inventory, Failure> {
        let looks = stream::iter(self.containers().await?).map(async |container| {
            match self.host.container(container.id()).await {
                Ok(state) => Ok(Some((container, state))),
                // It was removed since it was listed.
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(failure(&error)),
            }
        });
        let looks: Vec<_> = looks.buffered(CONCURRENCY).try_collect().await?;
        let labelled = self.host.volumes(&self.uuid).await.map_err(|error| failure(&error))?;
        Ok(Inventory {
            labelled: labelled.into_iter().map(|volume| volume.name).collect(),
            containers: looks.into_iter().flatten().collect(),
        })
    }

    /// Returns whether a container other than the resource's own uses a volume. For a volume without a name, this is
    /// always false: Docker keeps it if another container uses it.
    #[boxed]
    pub async fn has_other_users(
        &self,
        volume: &OwnVolume,
        seen: &Inventory,
    ) -> Result<bool, Failure> {
        if volume.is_anonymous {
            return Ok(false);
        }
        let users = self.host.users_of(&volume.name).await.map_err(|error| failure(&error))?;
        let is_own = |name: &String| seen.containers().any(|(own, _)| own.name() == name);
        Ok(!users.iter().all(is_own))
    }

    /// Removes a container that uses a volume, running or not; the volume with it if it has no name of its own. If the
    /// container is gone, this succeeds.
    #[boxed]
    pub async fn remove_user(
        &self,
        container: &OwnContainer,
        volume: &OwnVolume,
    ) -> Result<(), Failure> {
        self.remove(container, volume.is_anonymous).await
    }

    /// Removes a container, running or not, and its volumes without a name if `with_anonymous`. If the container is
    /// gone, this succeeds.
    #[boxed]
    pub async fn remove(
        &self,
        container: &OwnContainer,
        with_anonymous: bool,
    ) -> Result<(), Failure> {
        match self.host.remove(container.id(), with_anonymous).await {
            // It was requested twice.
            Ok(()) | Err(Error::Conflict(Conflict::BeingRemoved)) => Ok(()),
            Err(error) => Err(change_failure(&error)),
        }
    }

    /// Removes a volume with a name; one without is removed with its containers. Returns false if a container uses it.
    /// If the volume is gone, this succeeds.
    #[boxed]
    pub async fn remove_volume(&self, volume: &OwnVolume) -> Result<bool, Failure> {
        if volume.is_anonymous {
            return Ok(true);
        }
        match self.host.remove_volume(&volume.name).await {
            Ok(()) => Ok(true),
            Err(Error::Conflict(Conflict::VolumeInUse { .. })) => Ok(false),
            Err(error) => Err(change_failure(&error)),
        }
    }

    /// Returns whether a volume exists; `None` if the docker host does not say, because its gate does not answer for a
    /// volume without a name.
    #[boxed]
    pub async fn has_volume(&self, volume: &OwnVolume) -> Result<Option<bool>, Failure> {
        match self.host.has_volume(&volume.name).await {
            Ok(is_there) => Ok(Some(is_there)),
            Err(Error::Refused) if volume.is_anonymous => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }
}
