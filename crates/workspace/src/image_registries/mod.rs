//! Queries to the registries of images.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::image::ImageReference;
use covibe_domain::{TenantId, boxed};
use covibe_image_registry::{Client, Config, ConfigError, ImagePresence, NotSeen};
use covibe_policy::barred_label;
use parking_lot::Mutex;
use tokio::time::timeout_at;

/// The time for which a registry that did not answer is not asked again, so that calls do not wait for it in vain.
const SILENCE: Duration = Duration::from_mins(1);

/// The maximum number of pairs of tenant and registry that are remembered as silent. Above it, all are forgotten.
const MAX_SILENT: usize = 256;

/// The registry that counts a request for labels as a pull. An address may make few of these, and docker hosts behind
/// the same address need them (Docker Hub, 2026).
const HUB: &str = "docker.io";

/// The answer of a registry about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredImage {
    /// The registry's answer to whether it has the image.
    pub found: ImagePresence,
    /// The key of a label that no container of the image may have; `None` also if the labels were not read, as at
    /// Docker Hub.
    pub barred_label: Option<String>,
}

/// The clients of image registries, for anonymous requests only.
#[derive(Debug)]
pub struct ImageRegistries {
    client: Client,
    /// The time limit for both requests about an image together.
    patience: Duration,
    /// The times when registries last did not answer a tenant. They are per tenant, so that one who keeps a registry
    /// busy does not silence it for others.
    silent: Mutex<HashMap<(TenantId, String), Instant>>,
}

impl ImageRegistries {
    /// Creates a client of all registries; it does not connect yet.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let patience = config.timeout;
        Ok(Self { client: Client::new(config)?, patience, silent: Mutex::default() })
    }

    /// Asks an image's registry for a tenant whether it has the image, and for its labels. A registry that did not
    /// answer is not asked again for a minute.
    #[boxed]
    pub(crate) async fn find(&self, tenant: &TenantId, image: &ImageReference) -> AnsweredImage {
        let canonical = image.canonical();
        let registry = canonical.name().split('/').next().unwrap_or_default();
        let asked = (tenant.clone(), registry.to_owned());
        if self.is_silent(&asked) {
            let found = ImagePresence::NotSeen(NotSeen::Unreachable);
            return AnsweredImage { found, barred_label: None };
        }
        let is_asked_for_labels = registry != HUB;
        let deadline = tokio::time::Instant::now() + self.patience;
        let found = self.client.find(image).await;
        if matches!(found, ImagePresence::NotSeen(NotSeen::Unreachable | NotSeen::Late)) {
            self.note_silence(asked);
        }
        // Labels take several requests: those of images that are there, once that is known, keep no other question waiting.
        let barred_label = match &found {
            ImagePresence::Present { .. } if is_asked_for_labels => {
                let labels = timeout_at(deadline, self.client.labels(image)).await;
                let labels = labels.ok().and_then(Result::ok);
                labels.and_then(|labels| barred_label(&labels).map(str::to_owned))
            }
            _ => None,
        };
        AnsweredImage { found, barred_label }
    }

    fn is_silent(&self, asked: &(TenantId, String)) -> bool {
        self.silent.lock().get(asked).is_some_and(|since| since.elapsed() < SILENCE)
    }

    fn note_silence(&self, asked: (TenantId, String)) {
        let mut silent = self.silent.lock();
        if silent.len() >= MAX_SILENT {
            silent.clear();
        }
        silent.insert(asked, Instant::now());
    }
}
