//! The server that is checked.

use covibe_domain::hosted_origin::{HostedOrigin, Ports, RawOrigin, Refusal, Scheme};
use url::{Host, Url};

/// The origin that is checked, and where its server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    origin: String,
    host: String,
    port: u16,
    is_tls: bool,
    is_rehearsal: bool,
}

impl Target {
    /// Reads the origin of a hosted server.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn hosted(text: &str, ports: Ports) -> Result<Self, Refusal> {
        let origin = HostedOrigin::judge(text, ports)?;
        Ok(Self {
            origin: origin.as_str().to_owned(),
            host: origin.host().to_owned(),
            port: origin.port().unwrap_or(443),
            is_tls: true,
            is_rehearsal: false,
        })
    }

    /// Reads the origin of a server for a rehearsal: one of this machine, or any that is hosted.
    ///
    /// # Errors
    ///
    /// The rule of a hosted origin that it breaks, if it is not of this machine.
    pub fn rehearsal(text: &str) -> Result<Self, Refusal> {
        match loopback(text) {
            Some(target) => Ok(target),
            None => Self::hosted(text, Ports::Any),
        }
    }

    /// Returns the origin, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the host's name, or its address in a rehearsal.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the value of the header `Host`.
    pub fn authority(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Returns whether the connection is protected by TLS.
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Returns whether the server is one of this machine, for a rehearsal.
    pub const fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// Returns the address to which the sign-in comes back.
    pub fn callback(&self) -> String {
        format!("{}/callback", self.origin)
    }
}

/// Returns the target if the text is an origin on this machine.
fn loopback(text: &str) -> Option<Target> {
    let raw = RawOrigin::split(text).ok()?;
    let scheme = raw.scheme?;
    let url = Url::parse(&format!("{}://{}", scheme.as_str(), raw.authority)).ok()?;
    let (host, is_loopback) = match url.host()? {
        Host::Domain(name) => {
            (name.to_owned(), name == "localhost" || name.ends_with(".localhost"))
        }
        Host::Ipv4(address) => (address.to_string(), address.is_loopback()),
        Host::Ipv6(address) => (address.to_string(), address.is_loopback()),
    };
    is_loopback.then_some(Target {
        origin: url.origin().ascii_serialization(),
        host,
        port: url.port_or_known_default()?,
        is_tls: scheme == Scheme::Https,
        is_rehearsal: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosted_target_uses_the_https_port() {
        let target = Target::hosted("https://covibe.acme.dev//", Ports::Standard).unwrap();
        assert_eq!((target.origin(), target.port()), ("https://covibe.acme.dev", 443));
        assert_eq!(target.authority(), "covibe.acme.dev");
        assert_eq!(target.callback(), "https://covibe.acme.dev/callback");
        assert!(target.is_tls() && !target.is_rehearsal());
    }

    #[test]
    fn only_a_rehearsal_accepts_loopback_origins() {
        for (text, host, port) in [
            ("http://127.0.0.1:8787", "127.0.0.1", 8787),
            ("http://localhost:8787/", "localhost", 8787),
            ("https://[::1]:8443", "::1", 8443),
        ] {
            let target = Target::rehearsal(text).unwrap();
            assert_eq!((target.host(), target.port()), (host, port));
            assert!(target.is_rehearsal());
            assert!(Target::hosted(text, Ports::Any).is_err(), "{text}");
        }
        for text in ["http://10.0.0.1:8787", "http://covibe.acme.dev", "http://127.0.0.1/callback"]
        {
            assert!(Target::rehearsal(text).is_err(), "{text}");
        }
        assert!(!Target::rehearsal("https://covibe.acme.dev").unwrap().is_rehearsal());
    }
}
