//! The URLs of apps: as people open them, and as Coolify stores them.

use std::fmt;

use covibe_domain::{Failure, Kind};
use covibe_policy::Namespace;
use serde_json::json;

/// An absolute URL as Coolify stores it. Its port is the one that the container listens on, and is
/// not part of the public URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `https`; or `http`, for which Coolify requests no certificate.
    pub(super) scheme: String,
    /// In lower case.
    pub(super) host: String,
    /// The port that the container listens on; `None` for the first one that it exposes.
    pub(super) port: Option<u16>,
    path: String,
}

impl Address {
    /// Creates the URL of a whole host.
    pub(super) fn new(scheme: &str, host: String, port: Option<u16>) -> Self {
        Self { scheme: scheme.to_owned(), host, port, path: String::new() }
    }

    /// Parses a URL of Coolify's; `None` if it is malformed.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (authority, None),
        };
        let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
        let path = path.trim_end_matches('/').to_owned();
        Some(Self { scheme, host, port, path }).filter(|address| !address.host.is_empty())
    }

    /// Returns the same address with another port of the container.
    pub(super) fn with_port(&self, port: Option<u16>) -> Self {
        Self { port, ..self.clone() }
    }

    /// Returns the same URL with another path, such as `/api`.
    pub(super) fn with_path(&self, path: &str) -> Self {
        Self { path: path.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// Returns the path, without the port that Coolify writes after the path of a template (4.3.10);
    /// empty for none.
    pub(super) fn path_of_template(&self) -> String {
        let port = self.path.rsplit_once(':');
        let port = port.filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        port.map_or(self.path.as_str(), |(path, _)| path).to_owned()
    }

    /// Returns the same URL with another host.
    pub(super) fn with_host(&self, host: String) -> Self {
        Self { host, ..self.clone() }
    }

    /// Returns the URL that people open.
    pub(super) fn public_url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// As Coolify stores it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, path } = self;
        match port {
            Some(port) => write!(f, "{scheme}://{host}:{port}{path}"),
            None => write!(f, "{scheme}://{host}{path}"),
        }
    }
}

/// Returns the host that a call names for an app; `value` is what it is called in the call.
///
/// # Errors
///
/// Rejected if it is not a host name; otherwise the failure of the namespace.
pub(super) fn check_host(
    namespace: &Namespace,
    written: &str,
    app: &str,
    value: &str,
) -> Result<String, Failure> {
    namespace.host(written, app).map_err(|failure| match failure.kind {
        Kind::Rejected => failure.detail("fields", json!({ value: ["is not a valid host name"] })),
        _ => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_the_container_port_out_of_the_public_url() {
        let address = Address::parse("https://A.test:3000/v1/").unwrap();
        assert_eq!(address.public_url(), "https://a.test/v1");
        assert_eq!(address.to_string(), "https://a.test:3000/v1");
        assert_eq!(address.port, Some(3000));
        let bare = Address::parse("http://b.test").unwrap();
        assert_eq!(
            (bare.to_string(), bare.public_url(), bare.port),
            ("http://b.test".to_owned(), "http://b.test".to_owned(), None)
        );
        let template = Address::parse("http://app-u.test/v1:3000").unwrap();
        assert_eq!(template.path_of_template(), "/v1");
        assert_eq!(bare, Address::new("http", "b.test".to_owned(), None));
        for bad in ["a.test", "https://", "https://a.test:x", "https://:80"] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }
}
