//! The origin of a server, judged as the text that somebody typed or a file contains.
//!
//! A URL parser silently repairs what it reads (blanks, backslashes, `https:host`, unusual numbers of addresses), so the
//! raw text is judged first, and the parser confirms it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use covibe_domain::hosted_origin::{RawMistake, RawOrigin, Scheme};
use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

use crate::command_error::Problem;

#[cfg(test)]
mod tests;

/// The scheme and host of a server, and its port where it is not the default: `https://covibe.example.com`.
///
/// It is https, or http on a loopback address. It has no trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

/// An origin that was read, and a remark if it was not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedOrigin {
    /// The origin.
    pub origin: Origin,
    /// True if the text had no scheme, so that https was assumed.
    pub is_assumed_https: bool,
}

impl Origin {
    /// Reads an origin. Trailing slashes are dropped; a bare host is taken as https.
    ///
    /// # Errors
    ///
    /// A problem with exit code 64, with a sentence of its own for credentials, `/callback`, a query, a hash, any other
    /// path, control characters, plain http, and hosts that are not written plainly.
    pub fn judge(text: &str) -> Result<JudgedOrigin, Problem> {
        let RawOrigin { scheme, authority } = split(text)?;
        let origin = confirm(scheme.unwrap_or(Scheme::Https), authority)?;
        Ok(JudgedOrigin { origin, is_assumed_https: scheme.is_none() })
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is https. If not, the server is on this machine.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Returns the address of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Returns the address of the MCP endpoint.
    pub fn mcp_url(&self) -> String {
        self.join("/api/mcp")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let judged =
            Self::judge(&text).map_err(|problem| serde::de::Error::custom(problem.message))?;
        Ok(judged.origin)
    }
}

fn origin_refused(message: impl Into<String>) -> Problem {
    Problem::usage(message).hint("Pass the origin alone: --base-url https://covibe.example.com")
}

fn split(text: &str) -> Result<RawOrigin<'_>, Problem> {
    RawOrigin::split(text).map_err(|mistake| {
        let problem = origin_refused(mistake.sentence("The base URL"));
        match mistake {
            RawMistake::NotAscii => {
                problem.hint("Write an international host name in its xn-- form.")
            }
            _ => problem,
        }
    })
}

/// Has the parser read the parts, and refuses where it would repair something.
fn confirm(scheme: Scheme, authority: &str) -> Result<Origin, Problem> {
    let text = format!("{}://{authority}", scheme.as_str());
    let url = Url::parse(&text).map_err(|_| origin_refused("The base URL has no valid host."))?;
    let lower = authority.to_ascii_lowercase();
    let host = url.host_str().unwrap_or_default();
    let written = match lower.rfind(':') {
        Some(at) if !lower.ends_with(']') => &lower[..at],
        _ => &lower,
    };
    if written != host || url.host_str().is_none_or(|host| host.ends_with('.')) {
        return Err(origin_refused("The host of the base URL is not in its usual form."));
    }
    if url.port() == Some(0) || lower.ends_with(':') {
        return Err(origin_refused("The port of the base URL is not valid."));
    }
    if scheme == Scheme::Http && !is_loopback(url.host().as_ref()) {
        return Err(origin_refused(
            "The base URL is not https; http is allowed on this machine only.",
        ));
    }
    Ok(Origin(url.origin().ascii_serialization()))
}

fn is_loopback(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(address),
        None => false,
    }
}
