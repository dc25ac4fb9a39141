//! Questions to registries of container images: whether an image exists, and which labels it has.
//!
//! The forms are from the OCI distribution spec 1.1 (<https://github.com/opencontainers/distribution-spec>), which Docker
//! Hub, GitHub, GitLab, Quay, Harbor and the registries of clouds implement, and from the token authentication of
//! `distribution` 3 (<https://distribution.github.io/distribution/spec/auth/token/>). All questions are anonymous: no
//! credentials are ever sent, so that nothing is learned of private images.
//!
//! Tenants choose the registry, and registries choose the token service and the store of blobs. All of them must be
//! public: a name with TLS at port 443 all of whose addresses are in the internet. The exceptions are the addresses that
//! the operator names in [`Config::endpoints`]. No text of a registry leaves this crate but a digest and labels.

mod anonymous_token;
mod auth_challenge;
mod bounded_request;
mod digest;
mod image_endpoints;
mod labels;
mod lookup_outcome;
mod manifest;
mod public_address_resolver;
mod registry;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::boxed;
use covibe_domain::image::ImageReference;
use covibe_upstream::{SingleFlights, api_base};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::bounded_request::{Http, UPSTREAM};
use crate::image_endpoints::{ImageAddress, normal};
use crate::registry::Registry;

pub use covibe_upstream::ConfigError;
pub use lookup_outcome::{Absent, ImagePresence, LabelsError, NotSeen};

/// The maximum number of questions at a time. The others wait within their own time.
pub const AT_ONCE: usize = 8;

/// The maximum number of remembered answers. Above it, all are forgotten.
pub const REMEMBERED: usize = 1024;

/// The time for which any answer is remembered.
const BRIEFLY: Duration = Duration::from_secs(10);

/// The further time for which it is remembered that an image is present: together, at most a minute.
const LONGER: Duration = Duration::from_secs(50);

/// The settings of a client.
#[derive(Clone)]
pub struct Config {
    /// The time for a whole question, with all of its requests and the wait for a turn.
    pub timeout: Duration,
    /// Addresses to ask instead of registries, by the registry as references write it: `host[:port]`, `docker.io` for
    /// Docker Hub. They may be inside, at any port and without TLS: for operators' own registries and for simulators.
    pub endpoints: BTreeMap<String, Url>,
}

impl Default for Config {
    /// Returns the settings with 3 s for a question, and without endpoints.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(3), endpoints: BTreeMap::new() }
    }
}

/// Names the registries only: an address that is not checked yet may have a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoints: Vec<_> = self.endpoints.keys().collect();
        f.debug_struct("Config")
            .field("timeout", &self.timeout)
            .field("endpoints", &endpoints)
            .finish()
    }
}

/// A client; cheap to clone. Its clones share connections, tokens, turns and what is remembered.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    timeout: Duration,
    endpoints: BTreeMap<String, Url>,
    registry: Registry,
    turns: Semaphore,
    /// All answers, for a short time. Only a question without a turn is an error here, which is not kept.
    answers: SingleFlights<ImageAddress, ImagePresence, LabelsError>,
    /// The digests of images that are present, for a longer time.
    present: SingleFlights<ImageAddress, Option<String>, LabelsError>,
    /// Labels, which may be large, for those who wait for them.
    labels: SingleFlights<ImageAddress, Arc<BTreeMap<String, String>>, LabelsError>,
}

impl Client {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    ///
    /// # Errors
    ///
    /// An endpoint is not the `http` or `https` address of a host, or TLS can't be set up.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { timeout, endpoints } = config;
        let base =
            |(registry, url): (String, Url)| Ok((normal(&registry), api_base(UPSTREAM, &url, "")?));
        let endpoints = endpoints.into_iter().map(base).collect::<Result<BTreeMap<_, _>, _>>()?;
        let have_tls = endpoints.values().any(|url| url.scheme() == "https");
        let shared = Shared {
            timeout,
            endpoints,
            registry: Registry::new(Http::new(timeout, have_tls)?),
            turns: Semaphore::new(AT_ONCE),
            answers: SingleFlights::new(BRIEFLY, REMEMBERED),
            present: SingleFlights::new(LONGER, REMEMBERED),
            labels: SingleFlights::new(Duration::ZERO, REMEMBERED),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Asks the image's registry whether it has the image: by its digest if it has one, else by its tag. Any platform
    /// counts.
    ///
    /// The answer is remembered, for at most 60 s if the image is present and 10 s otherwise. Callers who ask for the same
    /// image at the same time share one question.
    #[boxed]
    pub async fn find(&self, image: &ImageReference) -> ImagePresence {
        let shared = &*self.shared;
        let Some(place) = ImageAddress::new(image, &shared.endpoints) else {
            return ImagePresence::NotSeen(NotSeen::Unclear);
        };
        let deadline = Instant::now() + shared.timeout;
        let answer = shared.answers.get(&place, shared.answer(&place, deadline));
        let answer = timeout_at(deadline, answer).await.unwrap_or(Err(NotSeen::Late.into()));
        answer.unwrap_or_else(|error| Err(error).into())
    }

    /// Returns the labels of the image's config: at most 1,000, and of an index those of the image for `linux/amd64`,
    /// else of the first one for Linux. An image without labels has an empty map.
    ///
    /// They are not remembered. Docker Hub counts this as a pull.
    ///
    /// # Errors
    ///
    /// The image is absent, or its labels could not be read. `Unclear` also for a manifest of more than 4 MiB, a config of
    /// more than 8 MiB, more than 1,000 labels, an index without an image for Linux, and contents that do not have the
    /// digest by which they are named.
    #[boxed]
    pub async fn labels(
        &self,
        image: &ImageReference,
    ) -> Result<Arc<BTreeMap<String, String>>, LabelsError> {
        let shared = &*self.shared;
        let place = ImageAddress::new(image, &shared.endpoints).ok_or(NotSeen::Unclear)?;
        let deadline = Instant::now() + shared.timeout;
        let question = async { labels::labels(&shared.registry, &place).await.map(Arc::new) };
        let question = async { shared.in_turn(deadline, question).await? };
        let labels = shared.labels.get(&place, question);
        timeout_at(deadline, labels).await.unwrap_or(Err(NotSeen::Late.into()))
    }
}

impl Shared {
    /// Returns the remembered answer, or asks the registry.
    async fn answer(
        &self,
        place: &ImageAddress,
        deadline: Instant,
    ) -> Result<ImagePresence, LabelsError> {
        if let Some(digest) = self.present.fresh_value(place) {
            return Ok(ImagePresence::Present { digest });
        }
        let question = self.present.get(place, self.registry.find(place));
        Ok(self.in_turn(deadline, question).await?.into())
    }

    /// Returns what the registry answers before the deadline. The outer error means that there was no turn for the
    /// question, which says nothing about the registry.
    async fn in_turn<T>(
        &self,
        deadline: Instant,
        question: impl Future<Output = Result<T, LabelsError>>,
    ) -> Result<Result<T, LabelsError>, LabelsError> {
        let late = LabelsError::from(NotSeen::Late);
        let turn = timeout_at(deadline, self.turns.acquire()).await;
        // A turn that becomes free as the deadline passes is of no use.
        let is_in_time = |_: &SemaphorePermit<'_>| Instant::now() < deadline;
        let _turn = turn.ok().and_then(Result::ok).filter(is_in_time).ok_or(late)?;
        Ok(timeout_at(deadline, question).await.unwrap_or(Err(late)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeout", &self.shared.timeout).finish_non_exhaustive()
    }
}
