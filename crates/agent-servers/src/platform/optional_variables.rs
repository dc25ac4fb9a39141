//! Variables that only some tools need.

use covibe_domain::Secret;
use url::{Host, Url};

use crate::environment_settings::Variables;

/// A problem was noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProblemNoted;

/// Returns an address that may be absent.
pub(super) fn optional_url(
    variables: &mut Variables<'_>,
    name: &str,
    purpose: &str,
) -> Result<Option<Url>, ProblemNoted> {
    match variables.optional(name) {
        None => Ok(None),
        Some(_) => variables.required_url(name, purpose).map(Some).ok_or(ProblemNoted),
    }
}

/// Returns a token that may be absent, and that a header can carry.
pub(super) fn optional_token(
    variables: &mut Variables<'_>,
    name: &str,
    purpose: &str,
) -> Result<Option<Secret>, ProblemNoted> {
    let Some(value) = variables.optional(name) else { return Ok(None) };
    let value = value.trim();
    if value.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(Some(Secret::new(value)));
    }
    variables.problem(format!(
        "{name} contains a space or a character that is not allowed in headers. It is {purpose}."
    ));
    Err(ProblemNoted)
}

/// Warns of an address to which a key would travel without TLS, unless it is this machine's.
pub(super) fn warn_of_plain(variables: &mut Variables<'_>, name: &str, address: &Url) {
    let is_own = match address.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if address.scheme() == "http" && !is_own {
        variables.warning(format!(
            "{name} is not an https address, so others could read the key in transit."
        ));
    }
}
