//! The HTTP client for one server.
//!
//! It follows no redirect, so that a key goes to the origin that it was issued for and nowhere else. Every request has a
//! deadline, and every answer a maximum size.

mod answer;

use std::time::Duration;

use covibe_domain::Secret;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde::Serialize;

pub use answer::{MAX_ANSWER, NoAnswer, ServerAnswer};

use crate::command_error::{Exit, Problem};
use crate::origin::Origin;

/// The maximum duration of a request, unless its caller sets another.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum duration of establishing a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The client for one server; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    client: Client,
    origin: Origin,
    timeout: Duration,
}

impl Server {
    /// Creates the client; it does not connect yet.
    ///
    /// # Errors
    ///
    /// A problem if TLS cannot be set up, such as on a machine without certificates.
    pub fn new(origin: Origin) -> Result<Self, Problem> {
        // The second of two callers finds the provider of the first, which is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("covibe-companion/", env!("CARGO_PKG_VERSION")));
        // Reading the system's certificates takes longer than the rest of a start, and plain http needs none. It is for this
        // machine alone, so a proxy would be the only one that gets a key in clear.
        let builder =
            if origin.is_https() { builder } else { builder.tls_certs_only([]).no_proxy() };
        let client = builder.build().map_err(|_| {
            Problem::failure("TLS cannot be set up on this machine.")
                .hint("Install the system's certificates, such as the package ca-certificates.")
        })?;
        Ok(Self { client, origin, timeout: TIMEOUT })
    }

    /// Returns the same client with another maximum duration of each request.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Returns the server's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Begins a request without a deadline, whose answer the caller reads as it comes. The path begins with a slash.
    ///
    /// # Errors
    ///
    /// A problem if the key cannot be sent in a header.
    pub fn stream(
        &self,
        method: Method,
        path: &str,
        key: Option<&Secret>,
    ) -> Result<RequestBuilder, Problem> {
        let request = self.client.request(method, self.origin.join(path));
        Ok(match key {
            Some(key) => request.header(AUTHORIZATION, bearer(key)?),
            None => request,
        })
    }

    /// Gets a path.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`] if the server cannot be reached, is too slow or answers too much.
    pub async fn get(&self, path: &str, key: Option<&Secret>) -> Result<ServerAnswer, NoAnswer> {
        self.send(Method::GET, path, key, None::<&()>).await
    }

    /// Posts JSON to a path.
    ///
    /// # Errors
    ///
    /// Those of [`Server::get`].
    pub async fn post<T: Serialize + Sync>(
        &self,
        path: &str,
        key: Option<&Secret>,
        body: &T,
    ) -> Result<ServerAnswer, NoAnswer> {
        self.send(Method::POST, path, key, Some(body)).await
    }

    /// Deletes a path.
    ///
    /// # Errors
    ///
    /// Those of [`Server::get`].
    pub async fn delete(&self, path: &str, key: &Secret) -> Result<ServerAnswer, NoAnswer> {
        self.send(Method::DELETE, path, Some(key), None::<&()>).await
    }

    async fn send<T: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        key: Option<&Secret>,
        body: Option<&T>,
    ) -> Result<ServerAnswer, NoAnswer> {
        let endpoint = format!("{method} {path}");
        let request = self.stream(method, path, key).map_err(|_| NoAnswer::unusable(&endpoint))?;
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let exchange = ServerAnswer::receive(request, &endpoint);
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::too_slow(&endpoint, self.timeout)),
        }
    }

    /// Returns the error of a command for a server that gave no answer.
    pub fn unreachable(&self, error: &NoAnswer) -> Problem {
        Problem::new(Exit::Unavailable, format!("{} cannot be reached: {error}.", self.origin))
            .hint(format!("Run `covibe-local doctor --base-url {}`.", self.origin))
    }
}

fn bearer(key: &Secret) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| {
        Problem::usage("The token contains characters that are not allowed in a token.")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
