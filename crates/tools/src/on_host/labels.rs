//! Containers with labels of their images that they may not have.

use covibe_domain::{Failure, Kind};
use covibe_operation::quotable_name;
use covibe_workspace::{Coolify, ForeignLabel, Hosted, OnHost, OwnContainer};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// The number of containers that are judged concurrently.
const CONCURRENCY: usize = 4;

/// The advice on a foreign label.
pub(crate) const FIX: &str = "Remove the LABEL from the Dockerfile or take another base image, then \
    apps.deploy: domains are assigned with apps.domains.set only.";

/// Returns, for each container in the same order, the label that it may not have from its image. One that was
/// removed meanwhile has none.
pub(crate) async fn foreign_labels(
    coolify: &Coolify,
    host: &OnHost,
    resource: &Hosted,
    containers: Vec<OwnContainer>,
) -> Result<Vec<Option<ForeignLabel>>, Failure> {
    let judged = stream::iter(containers).map(async |container| {
        match coolify.foreign_label(host, resource, &container).await {
            Err(failure) if failure.kind == Kind::Conflict => Ok(None),
            judged => judged,
        }
    });
    judged.buffered(CONCURRENCY).try_collect().await
}

/// Describes the foreign label of the image of a container, called by `name`.
pub(crate) fn describe_label(name: &str, label: &ForeignLabel) -> String {
    match label {
        ForeignLabel::Key(key) => format!(
            "The image of {name} has the label {}, on which the proxy or Coolify acts",
            quotable_name(key)
        ),
        ForeignLabel::TooMany => format!(
            "The image of {name} has more labels than are read (1,000, or 1 MiB), so it is not known \
             what the proxy or Coolify would act on"
        ),
    }
}

/// 422: the container may not run.
pub(crate) fn foreign_label(name: &str, label: &ForeignLabel, ending: &str) -> Failure {
    Failure::rejected(format!("{}. {ending}", describe_label(name, label))).hint(FIX)
}
