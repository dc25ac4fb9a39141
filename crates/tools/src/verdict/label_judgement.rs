//! The judgement on the labels that new containers have from their images.

use std::time::Duration;

use covibe_workspace::{Coolify, ForeignLabel, Hosted, OnHost, OwnContainer};
use tokio::time::timeout;

use crate::on_host::foreign_labels;

/// The warning if the labels of containers could not be looked at.
pub(super) const UNJUDGED: &str = "The labels that the containers have from their images could not be \
    looked at. If the server finds later that the proxy acts on one, it stops the container.";

/// The judgement on the labels of the new containers.
#[derive(Debug, Default)]
pub(super) struct LabelJudgement {
    /// The labels that they may not have, with their indices among the containers that were seen.
    pub(super) foreign: Vec<(usize, ForeignLabel)>,
    /// True if the last look at them failed.
    pub(super) has_failed: bool,
}

impl LabelJudgement {
    /// Judges the labels of containers, each with its index.
    pub(super) async fn judge(
        coolify: &Coolify,
        host: &OnHost,
        resource: &Hosted,
        containers: Vec<(usize, OwnContainer)>,
        patience: Duration,
    ) -> Self {
        let (places, containers): (Vec<_>, _) = containers.into_iter().unzip();
        let judging = foreign_labels(coolify, host, resource, containers);
        // Boxed because the future is large.
        let Ok(Ok(labels)) = timeout(patience, Box::pin(judging)).await else {
            return Self { foreign: Vec::new(), has_failed: true };
        };
        let foreign = places.into_iter().zip(labels);
        let foreign = foreign.filter_map(|(place, label)| Some((place, label?))).collect();
        Self { foreign, has_failed: false }
    }
}
