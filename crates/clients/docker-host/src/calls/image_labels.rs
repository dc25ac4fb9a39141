//! The labels that containers have from their images.

use std::collections::BTreeMap;

use covibe_docker_gate_core::resource_names::{MOST_LABEL_BYTES, MOST_LABELS};
use covibe_domain::boxed;
use serde::Deserialize;

use crate::container_owner::ContainerId;
use crate::engine_http::{Call, Query, container_error};
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::ApiProgram;

/// The labels that a container has from its image: with the image's values, so that nothing overrides them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inherited {
    /// All of them.
    Labels(BTreeMap<String, String>),
    /// More than are read: 1,000, or 1 MiB of them.
    TooMany,
}

/// The gate's answer to `GET /covibe/containers/{id}/image`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    too_many: bool,
}

/// Docker's answers to `GET /containers/{id}/json` and `GET /images/{id}/json`: the members that we read
/// (20.10 to 28.5).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    image: String,
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

impl DockerHost {
    /// Returns the labels that a container has from its image. A gate compares them on the host.
    ///
    /// # Errors
    /// [`Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn inherited_labels(&self, id: &ContainerId) -> Result<Inherited> {
        if !self.is_gated().await? {
            return self.compared_labels(id).await;
        }
        let call = Call::get(format!("/covibe/containers/{id}/image"), &Query::default());
        let told: Told = self.ask(call).await?.json().map_err(container_error)?;
        match told {
            Told { labels: Some(labels), too_many: false } => Ok(Inherited::Labels(labels)),
            Told { labels: None, too_many: true } => Ok(Inherited::TooMany),
            Told { .. } => Err(Error::Malformed),
        }
    }

    /// Returns whether the gate answers.
    pub(super) async fn is_gated(&self) -> Result<bool> {
        let Some(ssh) = self.link().ssh() else { return Ok(false) };
        Ok(matches!(ssh.way().await?, ApiProgram::Gate(_)))
    }

    async fn compared_labels(&self, id: &ContainerId) -> Result<Inherited> {
        let container = self.read_description(format!("/containers/{id}/json")).await;
        let Some(container) = container.map_err(container_error)? else {
            return Ok(Inherited::TooMany);
        };
        let digits = container.image.strip_prefix("sha256:").unwrap_or_default().to_owned();
        let image = ContainerId::from_answer(digits)?;
        let Some(image) = self.read_description(format!("/images/sha256:{image}/json")).await?
        else {
            return Ok(Inherited::TooMany);
        };
        let own = container.labels();
        let mut labels = image.labels();
        labels.retain(|key, value| own.get(key) == Some(value));
        Ok(Inherited::Labels(labels))
    }

    /// Reads a description; `None` if it is too long, or has more labels than a gate would read.
    async fn read_description(&self, path: String) -> Result<Option<Wire>> {
        match self.ask(Call::get(path, &Query::default())).await {
            Err(Error::TooLarge) => Ok(None),
            answer => Ok(Some(answer?.json()?).filter(Wire::is_readable)),
        }
    }
}

impl Wire {
    fn is_readable(&self) -> bool {
        let labels = self.config.as_ref().and_then(|config| config.labels.as_ref());
        labels.is_none_or(|labels| {
            let bytes: usize = labels.iter().map(|(key, value)| key.len() + value.len()).sum();
            labels.len() <= MOST_LABELS && bytes <= MOST_LABEL_BYTES
        })
    }

    fn labels(self) -> BTreeMap<String, String> {
        self.config.and_then(|config| config.labels).unwrap_or_default()
    }
}
