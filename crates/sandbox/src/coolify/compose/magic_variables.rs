//! Magic variables, which Coolify generates where a file names one: `SERVICE_KIND_NAME`.

use crate::core::random;

/// The parts of `SERVICE_URL_NAME` or `SERVICE_FQDN_NAME`, either with an optional `_PORT`.
pub(crate) struct Address<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Parses a variable's key.
    pub(crate) fn parse(key: &'a str) -> Option<Self> {
        let name =
            key.strip_prefix("SERVICE_URL_").or_else(|| key.strip_prefix("SERVICE_FQDN_"))?;
        match name.rsplit_once('_') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                Some(Self { name, port: Some(port) })
            }
            _ => Some(Self { name, port: None }),
        }
    }

    /// Returns the URL that Coolify generates for the address.
    pub(crate) fn url(&self, uuid: &str) -> String {
        let host = self.name.to_lowercase().replace('_', "-");
        format!("http://{host}-{uuid}.127.0.0.1.sslip.io")
    }
}

/// Returns a URL without the port at its end.
pub(crate) fn without_port(url: &str) -> &str {
    match url.rsplit_once(':') {
        Some((rest, port)) if port.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => url,
    }
}

/// Generates a value of the kind that the name asks for; none for a kind that is not simulated.
pub(crate) fn generate(name: &str) -> Option<String> {
    let kind = name.strip_prefix("SERVICE_")?;
    let is = |word: &str| kind.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'));
    let long = |word: &str| is(&format!("{word}_64"));
    Some(match () {
        () if is("USER") => random::alphanumeric(16),
        () if is("LOWERCASEUSER") => random::alphanumeric(16).to_lowercase(),
        () if long("PASSWORD") || long("BASE64") => random::alphanumeric(64),
        () if is("PASSWORD") || is("BASE64") => random::alphanumeric(32),
        () if long("HEX") => random::hex(64),
        () if is("HEX") => random::hex(32),
        () => return None,
    })
}

/// Returns the names of the variables that a value refers to.
pub(crate) fn references(value: &str) -> impl Iterator<Item = &str> {
    value.split('$').skip(1).map(|rest| name(rest.strip_prefix('{').unwrap_or(rest)))
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
