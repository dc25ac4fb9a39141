//! Labels of an image: its manifest, then its config, each of which must have the digest by which it is named.

use std::collections::BTreeMap;

use covibe_domain::boxed;

use crate::digest::Digest;
use crate::image_endpoints::ImageAddress;
use crate::lookup_outcome::{LabelsError, NotSeen};
use crate::manifest::{self, Manifest};
use crate::registry::Registry;

/// The maximum size of a manifest and of an index, in bytes (OCI distribution spec 1.1, "Pushing Manifests": registries
/// should accept 4 MiB).
const MANIFEST_LIMIT: usize = 4 * 1024 * 1024;

/// The maximum size of a config, in bytes. Those on Docker Hub have about 10 KB.
const CONFIG_LIMIT: usize = 8 * 1024 * 1024;

/// Returns the labels of an image; for an index, those of its image for Linux.
#[boxed]
pub(crate) async fn labels(
    registry: &Registry,
    place: &ImageAddress,
) -> Result<BTreeMap<String, String>, LabelsError> {
    let config = match manifest(registry, place, None).await? {
        Manifest::Image(config) => config,
        Manifest::Index(listed) => listed_config(registry, place, &listed).await?,
    };
    let text = registry.blob(place, &config, CONFIG_LIMIT).await.map_err(as_unclear)?;
    let labels = config.matches(&text).then(|| manifest::labels(&text)).flatten();
    labels.ok_or(NotSeen::Unclear.into())
}

/// Returns the config of a manifest that an index lists.
async fn listed_config(
    registry: &Registry,
    place: &ImageAddress,
    listed: &Digest,
) -> Result<Digest, LabelsError> {
    match manifest(registry, place, Some(listed)).await.map_err(as_unclear)? {
        Manifest::Image(config) => Ok(config),
        Manifest::Index(_) => Err(NotSeen::Unclear.into()),
    }
}

/// Returns the manifest that is listed, else that of the image.
async fn manifest(
    registry: &Registry,
    place: &ImageAddress,
    listed: Option<&Digest>,
) -> Result<Manifest, LabelsError> {
    let url = listed.map_or_else(|| place.manifest(), |digest| place.listed_manifest(digest));
    let text = registry.manifest(place, url, MANIFEST_LIMIT).await?;
    let digest = listed.cloned().or_else(|| place.digest());
    let is_same = digest.is_none_or(|digest| digest.matches(&text));
    let read = is_same.then(|| Manifest::read(&text)).flatten();
    read.ok_or(NotSeen::Unclear.into())
}

/// The image exists once its manifest was read: a part of it that is not there does not mean that it is absent.
fn as_unclear(error: LabelsError) -> LabelsError {
    match error {
        LabelsError::Absent(_) => NotSeen::Unclear.into(),
        LabelsError::NotSeen(_) => error,
    }
}
