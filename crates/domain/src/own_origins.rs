//! The hosts and origins that a server answers, against DNS rebinding and requests from other sites' pages.

use crate::Failure;

/// The error for a configured origin that is not of the form `scheme://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

/// The hosts and origins that are allowed: the loopback ones and the configured ones.
#[derive(Clone, Debug, Default)]
pub struct Doors {
    /// `host[:port]`, lower case.
    hosts: Vec<String>,
    /// `scheme://host[:port]`, lower case.
    origins: Vec<String>,
}

/// Where a request is addressed to, and whose page sent it.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// The authority of a target that is a whole URL.
    pub authority: Option<&'a str>,
    /// The `Host` header, if there is one.
    pub host: Option<&'a [u8]>,
    /// Every `Origin` header.
    pub origins: Vec<&'a [u8]>,
}

impl Doors {
    /// Allows these origins, their hosts, and loopback host names.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] if one is not an http(s) origin.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidOrigin> {
        let mut doors = Self::default();
        for origin in origins {
            let origin = origin.to_ascii_lowercase();
            let (scheme, host) = origin.split_once("://").ok_or(InvalidOrigin)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
            if !matches!(scheme, "http" | "https") || host.is_empty() || !host.chars().all(plain) {
                return Err(InvalidOrigin);
            }
            doors.hosts.push(host.to_owned());
            doors.origins.push(origin);
        }
        Ok(doors)
    }

    /// Returns the origin under which a request for an allowed host reached the server.
    pub fn origin_of(&self, host: &str) -> String {
        let host = host.to_ascii_lowercase();
        let at = self.hosts.iter().position(|allowed| *allowed == host);
        match at.and_then(|at| self.origins.get(at)) {
            Some(origin) => origin.clone(),
            None => format!("http://{host}"),
        }
    }

    /// Refuses a request for another host or from a page of another origin.
    pub fn check(&self, arrival: &Arrival<'_>) -> Result<(), Failure> {
        let host = arrival.host.map(text).unwrap_or_default().to_ascii_lowercase();
        let is_of_another =
            arrival.authority.is_some_and(|target| !target.eq_ignore_ascii_case(&host));
        if is_of_another || (!is_loopback(&host) && !self.hosts.contains(&host)) {
            return Err(Failure::forbidden("This host name is not allowed.")
                .hint("Use the origin that the operator configured as COVIBE_HOSTED_URL."));
        }
        let origin = match arrival.origins[..] {
            [] => return Ok(()),
            [origin] => text(origin).to_ascii_lowercase(),
            _ => return Err(Failure::forbidden("Requests with several origins are not allowed.")),
        };
        if self.origins.contains(&origin) || is_of_this_host(&origin, &host) {
            return Ok(());
        }
        Err(Failure::forbidden("Requests from pages of this origin are not allowed."))
    }
}

fn text(header: &[u8]) -> &str {
    // A header that is not text must not match anything.
    str::from_utf8(header).unwrap_or("\u{fffd}")
}

/// Returns whether requests for an origin are readable on their way: it has no TLS and is not a loopback one.
pub fn is_clear_text(origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    origin.strip_prefix("http://").is_some_and(|host| !is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_of_this_host(origin: &str, host: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|authority| authority == host) && is_loopback(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(host: &str, origin: Option<&str>) -> bool {
        let doors = Doors::new(["https://co-vibe.example"]).unwrap();
        let (host, origins) = (Some(host.as_bytes()), origin.map(str::as_bytes));
        doors.check(&Arrival { authority: None, host, origins: Vec::from_iter(origins) }).is_ok()
    }

    #[test]
    fn allows_only_its_own_host_names() {
        assert!(passes("co-vibe.example", None));
        assert!(passes("localhost:8787", None) && passes("[::1]:8787", None));
        assert!(!passes("evil.example", None) && !passes("127.0.0.1.evil.example", None));
        assert!(!passes("", None) && !passes("localhost:x@evil.example", None));
    }

    #[test]
    fn allows_only_its_own_origins() {
        assert!(passes("co-vibe.example", Some("https://co-vibe.example")));
        assert!(passes("127.0.0.1:8787", Some("http://127.0.0.1:8787")));
        for origin in
            ["https://evil.example", "null", "http://co-vibe.example", "http://127.0.0.1:1"]
        {
            assert!(!passes("co-vibe.example", Some(origin)), "{origin}");
            assert!(!passes("127.0.0.1:8787", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn rejects_invalid_configured_origins() {
        for bad in
            ["co-vibe.example", "https://", "https://a/b", "ftp://a", "https://u@a", "https://$(a)"]
        {
            assert!(Doors::new([bad]).is_err(), "{bad}");
        }
    }
}
