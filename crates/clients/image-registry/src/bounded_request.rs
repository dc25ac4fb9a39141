//! Single requests: the address is checked before, and bodies are bounded while they are read.
//!
//! The transport of `covibe-upstream` is made for one account at one address that the operator names. Here tenants name
//! the host, and registries name further ones, so that this crate has clients of its own, with the same settings.

use std::time::Duration;

use covibe_upstream::{ConfigError, client_builder};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, Response};
use url::Url;

use crate::image_endpoints::{ImageAddress, Reach};
use crate::lookup_outcome::NotSeen;
use crate::public_address_resolver::Guard;

/// The name of the upstream in errors of settings.
pub(crate) const UPSTREAM: &str = "an image registry";

/// The time for which a connection is kept: one question takes several requests, and the next one seldom goes to the
/// same registry.
const IDLE: Duration = Duration::from_secs(5);

/// The two clients, whose connections are apart.
#[derive(Debug)]
pub(crate) struct Http {
    public: Client,
    endpoints: Client,
}

/// A request without a body.
#[derive(Clone, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The media types that are accepted.
    pub(crate) accept: &'static str,
    /// The whole `Authorization` header.
    pub(crate) token: Option<&'a HeaderValue>,
}

impl Http {
    /// Creates the clients. A rustls crypto provider must be installed.
    pub(crate) fn new(timeout: Duration, endpoints_have_tls: bool) -> Result<Self, ConfigError> {
        let failed = |_| ConfigError::Tls { upstream: UPSTREAM };
        let builder = || {
            let builder = client_builder(UPSTREAM, timeout)?;
            Ok(builder.pool_idle_timeout(IDLE).pool_max_idle_per_host(1))
        };
        let public = builder()?.https_only(true).dns_resolver(Guard::default());
        let endpoints = builder()?;
        // Reading the system's certificates takes long.
        let endpoints = if endpoints_have_tls { endpoints } else { endpoints.tls_certs_only([]) };
        Ok(Self {
            public: public.build().map_err(failed)?,
            endpoints: endpoints.build().map_err(failed)?,
        })
    }

    /// Sends a request that asks for this image, if its address may be asked.
    pub(crate) async fn send(
        &self,
        place: &ImageAddress,
        ask: Ask<'_>,
    ) -> Result<Response, NotSeen> {
        let client = match place.reach(&ask.url).ok_or(NotSeen::Unclear)? {
            Reach::Public => &self.public,
            Reach::Endpoint => &self.endpoints,
        };
        let mut request = client.request(ask.method, ask.url).header(ACCEPT, ask.accept);
        if let Some(token) = ask.token {
            request = request.header(AUTHORIZATION, token);
        }
        request.send().await.map_err(|error| connection_failure(&error))
    }
}

/// Returns the body of an answer.
///
/// # Errors
///
/// `Unclear` for one of more than `limit` bytes, or that breaks off.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, NotSeen> {
    let announced = usize::try_from(response.content_length().unwrap_or(0));
    if announced.map_or(true, |length| length > limit) {
        return Err(NotSeen::Unclear);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| connection_failure(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(NotSeen::Unclear);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A name that the guard refuses and one that does not exist are the same to tenants, who could otherwise find out
/// names inside.
fn connection_failure(error: &reqwest::Error) -> NotSeen {
    if error.is_timeout() {
        NotSeen::Late
    } else if error.is_connect() {
        NotSeen::Unreachable
    } else {
        NotSeen::Unclear
    }
}
