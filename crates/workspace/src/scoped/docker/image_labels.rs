//! Labels that containers have from their images, and may not have.

use covibe_compose::sets_label;
use covibe_coolify::ContainerKind;
use covibe_docker_host::Inherited;
use covibe_domain::{Failure, boxed};
use covibe_policy::foreign_label;

use super::errors::failure;
use super::{Hosted, OnHost, OwnContainer};
use crate::scoped::coolify::{AnyApp, Coolify};

/// A label by which a container reaches beyond its workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignLabel {
    /// Its key, as the image has it.
    Key(String),
    /// There are more labels than are read, so the answer is unknown.
    TooMany,
}

impl Coolify {
    /// Returns a label that a container has from its image although the host's proxy or Coolify acts on it: such a
    /// label could route another tenant's host to the container. A container without one is not judged again.
    ///
    /// # Errors
    ///
    /// If Docker does not return the labels, which says nothing about the container.
    #[boxed]
    pub async fn foreign_label(
        &self,
        host: &OnHost,
        resource: &Hosted,
        container: &OwnContainer,
    ) -> Result<Option<ForeignLabel>, Failure> {
        let id = container.id();
        if self.admitted_containers().contains(id) {
            return Ok(None);
        }
        let inherited = host.host.inherited_labels(id).await.map_err(|error| failure(&error))?;
        let found = match &inherited {
            Inherited::TooMany => Some(ForeignLabel::TooMany),
            Inherited::Labels(labels) => {
                let is_coolifys = |key: &str, value: &str| {
                    resource.is_given_label(container.service(), key, value)
                };
                foreign_label(labels, is_coolifys).map(|key| ForeignLabel::Key(key.to_owned()))
            }
        };
        if found.is_none() {
            self.admitted_containers().note(id);
        }
        Ok(found)
    }
}

impl Hosted {
    /// Returns whether Coolify gives a container a label with this value. Of those of a compose file in a
    /// repository only the ones that every container has are known.
    fn is_given_label(&self, service: &str, key: &str, value: &str) -> bool {
        match self {
            Self::App(AnyApp::Application(app)) => app.sets_label(key, value),
            Self::App(AnyApp::Service(one)) | Self::Provider(one) => {
                let is_generated = |file| sets_label(file, service, key, value);
                ContainerKind::Service.sets_label(key) || one.generated().is_some_and(is_generated)
            }
            Self::Database(_) => ContainerKind::Database.sets_label(key),
        }
    }
}
