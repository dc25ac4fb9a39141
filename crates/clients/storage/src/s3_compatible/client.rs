//! The client of one bucket: it lists objects and nothing else.

use std::time::{Duration, SystemTime};

use covibe_domain::{Secret, boxed};
use covibe_upstream::{
    BODY_LIMIT, CallStatistics, ConfigError, DEADLINE, Error, Expiry, Limiter, Rate, Request,
    Settings, Transport, UpstreamAnswer, api_base,
};
use url::Url;

use super::{error_codes, listing};
use crate::bucket_names::BucketName;
use crate::bucket_usage::{PAGE, PAGES, Usage};
use crate::s3_signature::{S3Key, SignedRequest, sign};

const NAME: &str = "Object storage";

/// The path of a bucket, in path style.
const BUCKET: &str = "/{bucket}";

/// The calls that are made.
const LIMIT: u32 = 300;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// The server's address, without the bucket.
    pub endpoint: Url,
    /// The region that requests are signed for, such as `us-east-1`; many servers accept any.
    pub region: String,
    /// The bucket.
    pub bucket: BucketName,
    /// A key that may list, read, write and delete the bucket's objects.
    pub key: S3Key,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
}

impl S3Config {
    /// Returns the default settings for this bucket and key.
    pub fn new(endpoint: Url, region: impl Into<String>, bucket: BucketName, key: S3Key) -> Self {
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        let (region, expiry) = (region.into(), Expiry::default());
        Self { endpoint, region, bucket, key, timeout, expiry, connect_timeout }
    }
}

/// A client; cheap to clone.
#[derive(Clone, Debug)]
pub struct S3Server {
    transport: Transport,
    region: String,
    bucket: BucketName,
    key: S3Key,
}

impl S3Server {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: S3Config) -> Result<Self, ConfigError> {
        let S3Config { endpoint, region, bucket, key, timeout, expiry, connect_timeout } = config;
        let transport = Transport::new(Settings {
            upstream: NAME,
            base: api_base(NAME, &endpoint, "")?,
            // Each request is signed by itself.
            authorization: Secret::new("none"),
            timeout,
            expiry,
            connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY_LIMIT,
            limiter: Some(Limiter::new(Rate::within_limit(LIMIT), None)),
            observed: CallStatistics::default(),
            classify: error_codes::classify,
            vet: None,
            slow: None,
        })?;
        Ok(Self { transport, region, bucket, key })
    }

    /// Checks that the bucket exists and that the key may list it, by a listing of one object.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`](crate::Cause::Unauthorized) for a key that is wrong or lacks the right,
    /// [`NotFound`](crate::Cause::NotFound) without the bucket.
    #[boxed]
    pub async fn verify(&self) -> Result<(), Error> {
        self.page(1, None).await.map(drop)
    }

    /// Counts the objects, 20,000 at most.
    #[boxed]
    pub async fn usage(&self) -> Result<Usage, Error> {
        let (mut usage, mut token) = (Usage::default(), None::<String>);
        for _ in 0..PAGES {
            let page = self.page(PAGE, token.as_deref()).await?;
            page.sizes.into_iter().for_each(|size| usage.add(size));
            token = page.next;
            if token.is_none() {
                return Ok(Usage { is_complete: true, ..usage });
            }
        }
        Ok(usage)
    }

    async fn page(&self, size: usize, token: Option<&str>) -> Result<listing::Page, Error> {
        let answer = self.list(size, token).await?;
        answer.parse_with(listing::read)
    }

    async fn list(&self, size: usize, token: Option<&str>) -> Result<UpstreamAnswer, Error> {
        let request = self.transport.get(BUCKET).segment(self.bucket.as_str());
        let mut query = vec![("list-type", "2".to_owned()), ("max-keys", size.to_string())];
        query.extend(token.map(|token| ("continuation-token", token.to_owned())));
        self.sign_request(request, &query).send().await
    }

    /// Adds the query and the signature. An attempt that is repeated has the same one.
    fn sign_request(&self, request: Request, query: &[(&'static str, String)]) -> Request {
        let mut url = self.transport.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(self.bucket.as_str());
        }
        url.query_pairs_mut().extend_pairs(query);
        let signed = SignedRequest { method: "GET", url: &url, body: b"" };
        let headers = sign(signed, &self.key, &self.region, SystemTime::now());
        let request =
            query.iter().fold(request, |request, (name, value)| request.query(name, value));
        request.anonymous().signed_headers(headers)
    }
}
