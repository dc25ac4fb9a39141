//! The origin under which customers reach a hosted server.
//!
//! The server, its `check` and the gates of a handoff judge it by the same function.

mod origin_refusal;
mod public_host;
mod raw_origin;
#[cfg(test)]
mod tests;

use std::fmt;

pub use origin_refusal::Refusal;
pub use public_host::{RESERVED_TLDS, tunnels};
pub use raw_origin::{MAX_LENGTH, RawMistake, RawOrigin, Scheme};

/// An origin that customers can reach: `https://covibe.your-company.com`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostedOrigin {
    host: String,
    port: Option<u16>,
    text: String,
}

/// Rules on the port of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Any port.
    Any,
    /// None: what is handed over to customers has the port of https.
    Standard,
}

impl HostedOrigin {
    /// Judges the text of an origin. Slashes at its end are dropped, and capitals become small letters.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks: https; no credentials, callback, query, hash or other path; a public name that
    /// stays, and neither an address in any spelling nor a tunnel; and the rule on ports.
    pub fn judge(text: &str, ports: Ports) -> Result<Self, Refusal> {
        let raw = RawOrigin::split(text).map_err(|mistake| refuse(mistake, text))?;
        match raw.scheme {
            Some(Scheme::Https) => {}
            Some(Scheme::Http) => {
                return Err(Refusal::new("The origin is http, not https.")
                    .hint("Customers send keys: serve it with TLS, and write https://."));
            }
            None => return Err(Refusal::new("The origin does not begin with https://.")),
        }
        let (host, port) = raw.host_and_port();
        let host = host.to_ascii_lowercase();
        public_host::check(&host)?;
        let port = port.map(|port| check_port(port, ports)).transpose()?;
        let after = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { text: format!("https://{host}{after}"), host, port })
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name of the host, in its ASCII form.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, if it is not that of https.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Returns the address to which the sign-in comes back.
    pub fn callback(&self) -> String {
        format!("{}/callback", self.text)
    }
}

impl fmt::Display for HostedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn refuse(mistake: RawMistake, text: &str) -> Refusal {
    let refusal = Refusal::new(mistake.sentence("The origin"));
    match mistake {
        RawMistake::NotAscii => match ascii_form(text) {
            Some(ascii) => refusal.hint(format!("Write the name in its ASCII form: {ascii}")),
            None => refusal,
        },
        RawMistake::Callback => refusal.hint(
            "Pass the origin without /callback. The callback belongs in \
             NEXT_PUBLIC_WORKOS_REDIRECT_URI.",
        ),
        _ => refusal,
    }
}

/// Returns an origin with a name of other scripts in its ASCII form, if it has nothing else than a host.
fn ascii_form(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.trim_end_matches('/');
    let is_name = scheme.is_ascii() && !host.contains(['/', '?', '#', '@', ':', '%']);
    let ascii = idna::domain_to_ascii(host).ok().filter(|_| is_name)?;
    Some(format!("{scheme}://{ascii}"))
}

fn check_port(port: &str, ports: Ports) -> Result<u16, Refusal> {
    if ports == Ports::Standard {
        return Err(Refusal::new("The origin contains a port.")
            .hint("Serve customers on the port of https, 443, and write no port."));
    }
    let number = port.parse::<u16>().ok().filter(|number| *number > 0);
    let is_plain = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    match number {
        Some(443) => Err(Refusal::new("The origin contains the port of https.")
            .hint("Leave out :443, as browsers do.")),
        Some(number) if is_plain => Ok(number),
        _ => Err(Refusal::new("The port of the origin is not valid.")),
    }
}
