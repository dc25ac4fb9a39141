//! Questions to the registries of images.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::image::ImageReference;
use covibe_domain::{TenantId, boxed};
use covibe_image_registry::{Client, Config, ConfigError, Found, NotSeen};
use parking_lot::Mutex;

/// The time for which a registry is not asked again that did not answer: calls would wait for it in vain.
const SILENCE: Duration = Duration::from_mins(1);

/// The maximum number of registries of tenants that are remembered as silent. Above it, all are forgotten.
const MAX_SILENT: usize = 256;

/// The registries of images, of which only public questions are asked.
#[derive(Debug)]
pub struct ImageRegistries {
    client: Client,
    /// When registries last did not answer a tenant: one who keeps the questions busy silences none for others.
    silent: Mutex<HashMap<(TenantId, String), Instant>>,
}

impl ImageRegistries {
    /// Creates a client of all registries; it does not connect yet.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self { client: Client::new(config)?, silent: Mutex::default() })
    }

    /// Asks an image's registry for a tenant whether it has the image. One that did not answer is left alone for a minute.
    #[boxed]
    pub(crate) async fn find(&self, tenant: &TenantId, image: &ImageReference) -> Found {
        let canonical = image.canonical();
        let registry = canonical.name().split('/').next().unwrap_or_default();
        let asked = (tenant.clone(), registry.to_owned());
        if self.is_silent(&asked) {
            return Found::NotSeen(NotSeen::Unreachable);
        }
        let found = self.client.find(image).await;
        if matches!(found, Found::NotSeen(NotSeen::Unreachable | NotSeen::Late)) {
            self.note_silence(asked);
        }
        found
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
