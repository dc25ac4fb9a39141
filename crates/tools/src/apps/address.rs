//! The URLs by which apps are reached: of each, what people type and what the proxy is told.

use std::fmt;

/// An absolute URL as Coolify keeps it; the port in it is the container's, which nobody types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `https`, or `http`, for which Coolify gets no certificate.
    pub(super) scheme: String,
    /// In lower case.
    pub(super) host: String,
    /// Where the container listens; what it exposes first where none is told.
    pub(super) port: Option<u16>,
    path: String,
}

impl Address {
    /// A host with a certificate of its own.
    pub(super) fn of(scheme: &str, host: String, port: Option<u16>) -> Self {
        Self { scheme: scheme.to_owned(), host, port, path: String::new() }
    }

    /// Reads a URL of Coolify's.
    pub(super) fn read(url: &str) -> Option<Self> {
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

    /// What people open.
    pub(super) fn public(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// As Coolify takes it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, path } = self;
        match port {
            Some(port) => write!(f, "{scheme}://{host}:{port}{path}"),
            None => write!(f, "{scheme}://{host}{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_port_is_not_what_people_type() {
        let address = Address::read("https://A.test:3000/v1/").unwrap();
        assert_eq!(address.public(), "https://a.test/v1");
        assert_eq!(address.to_string(), "https://a.test:3000/v1");
        assert_eq!(address.port, Some(3000));
        let bare = Address::read("http://b.test").unwrap();
        assert_eq!(
            (bare.to_string(), bare.public(), bare.port),
            ("http://b.test".to_owned(), "http://b.test".to_owned(), None)
        );
        assert_eq!(bare, Address::of("http", "b.test".to_owned(), None));
        for bad in ["a.test", "https://", "https://a.test:x", "https://:80"] {
            assert_eq!(Address::read(bad), None, "{bad}");
        }
    }
}
