//! Queries to the registries of images.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::image::ImageReference;
use covibe_domain::{KeyedSemaphore, TenantId, boxed};
use covibe_image_registry::{AT_ONCE, Client, Config, ConfigError, ImagePresence, NotSeen};
use covibe_policy::barred_label;
use parking_lot::Mutex;
use tokio::time::{timeout, timeout_at};

/// The time for which a registry that did not answer is not asked again, so that calls do not wait for it in vain.
const SILENCE: Duration = Duration::from_mins(1);

/// The maximum number of silent registries that are remembered for a tenant. Above it, the one that was asked first is
/// forgotten.
const MAX_SILENT: usize = 16;

/// The longest wait for the tenant's turn, as a multiple of the time limit of a question: a compose file has many images,
/// and one that was not asked for passes.
const TURN_PATIENCE: u32 = 3;

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
    /// A tenant asks about few images at once: the registries that it names may be slow on purpose.
    shares: KeyedSemaphore<TenantId>,
}

impl ImageRegistries {
    /// Creates a client of all registries; it does not connect yet.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let patience = config.timeout;
        let shares = KeyedSemaphore::new(AT_ONCE / 4);
        Ok(Self { client: Client::new(config)?, patience, silent: Mutex::default(), shares })
    }

    /// Asks an image's registry for a tenant whether it has the image, and for its labels. A registry that did not
    /// answer is not asked again for a minute.
    #[boxed]
    pub(crate) async fn find(&self, tenant: &TenantId, image: &ImageReference) -> AnsweredImage {
        let canonical = image.canonical();
        let registry = canonical.name().split('/').next().unwrap_or_default();
        let asked = (tenant.clone(), registry.to_owned());
        let not_seen =
            |why| AnsweredImage { found: ImagePresence::NotSeen(why), barred_label: None };
        let turn = timeout(self.patience * TURN_PATIENCE, self.shares.acquire(tenant)).await;
        let Ok(_turn) = turn else { return not_seen(NotSeen::Late) };
        if self.is_silent(&asked) {
            return not_seen(NotSeen::Unreachable);
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
        silent.retain(|_, since| since.elapsed() < SILENCE);
        let own: Vec<_> = silent.iter().filter(|((tenant, _), _)| *tenant == asked.0).collect();
        if own.len() >= MAX_SILENT
            && let Some((oldest, _)) = own.into_iter().min_by_key(|(_, since)| **since)
        {
            let oldest = oldest.clone();
            silent.remove(&oldest);
        }
        silent.insert(asked, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use covibe_image_registry::Absent;
    use futures_util::future::join_all;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use url::Url;

    use super::*;

    async fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.unwrap()
    }

    /// Answers all questions, one for each connection: the registry has no such repository.
    async fn answer_all(listener: TcpListener) {
        let body = r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#;
        let head =
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _request = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    /// Registries that never answer, and `empty.example`, which answers while `answer_all` runs.
    struct Simulated {
        registries: ImageRegistries,
        slow_images: Vec<ImageReference>,
        empty_image: ImageReference,
        empty: TcpListener,
        /// Nothing accepts its connections: the kernel completes them, and no answer comes.
        _slow: TcpListener,
    }

    async fn simulated(slow_ones: usize, timeout: Duration) -> Simulated {
        // Fails only if a provider is installed already, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let (slow, empty) = (listener().await, listener().await);
        let url = |it: &TcpListener| {
            format!("http://{}", it.local_addr().unwrap()).parse::<Url>().unwrap()
        };
        let names: Vec<_> = (0..slow_ones).map(|number| format!("slow-{number}.example")).collect();
        let mut endpoints: BTreeMap<_, _> =
            names.iter().map(|name| (name.clone(), url(&slow))).collect();
        endpoints.insert("empty.example".to_owned(), url(&empty));
        let image = |registry: &str| format!("{registry}/app:1").parse().unwrap();
        Simulated {
            registries: ImageRegistries::new(Config { timeout, endpoints }).unwrap(),
            slow_images: names.iter().map(|name| image(name)).collect(),
            empty_image: image("empty.example"),
            empty,
            _slow: slow,
        }
    }

    #[tokio::test]
    async fn slow_registries_of_a_tenant_leave_turns_to_others() {
        let it = simulated(2 * AT_ONCE, Config::default().timeout).await;
        let [busy, other] = ["ten_busy", "ten_other"].map(|id| id.parse::<TenantId>().unwrap());
        let questions = join_all(it.slow_images.iter().map(|each| it.registries.find(&busy, each)));
        tokio::select! {
            biased;
            _ = questions => panic!("a registry that does not answer has answered"),
            answer = it.registries.find(&other, &it.empty_image) => {
                assert_eq!(answer.found, ImagePresence::Absent(Absent::Repository));
            }
            () = answer_all(it.empty) => panic!("the registry has ended"),
        }
    }

    #[tokio::test]
    async fn an_image_behind_those_of_slow_registries_is_still_asked_for() {
        let it = simulated(AT_ONCE / 2, Duration::from_secs(1)).await;
        let tenant = "ten_mark".parse().unwrap();
        let images = it.slow_images.iter().chain([&it.empty_image]);
        let questions = join_all(images.map(|each| it.registries.find(&tenant, each)));
        tokio::select! {
            answers = questions => {
                let last = answers.last().unwrap();
                assert_eq!(last.found, ImagePresence::Absent(Absent::Repository));
            }
            () = answer_all(it.empty) => panic!("the registry has ended"),
        }
    }

    #[tokio::test]
    async fn a_tenant_with_many_silent_registries_forgets_only_its_own() {
        let it = simulated(0, Duration::from_secs(1)).await;
        let [busy, other] = ["ten_busy", "ten_other"].map(|id| id.parse::<TenantId>().unwrap());
        let registry = |number: usize| (busy.clone(), format!("{number}.example"));
        let others = (other, "ghcr.io".to_owned());
        it.registries.note_silence(others.clone());
        (0..=MAX_SILENT).for_each(|number| it.registries.note_silence(registry(number)));
        assert!(!it.registries.is_silent(&registry(0)), "it was asked first");
        assert!((1..=MAX_SILENT).all(|number| it.registries.is_silent(&registry(number))));
        assert!(it.registries.is_silent(&others));
    }
}
