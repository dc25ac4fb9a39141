//! Variables that Coolify makes by itself where a file names one: `SERVICE_KIND_NAME`.

use crate::random;

/// `SERVICE_URL_NAME`, `SERVICE_FQDN_NAME`, either with `_PORT`.
pub(super) struct Address<'a> {
    pub(super) name: &'a str,
    pub(super) port: Option<&'a str>,
}

impl<'a> Address<'a> {
    pub(super) fn of(key: &'a str) -> Option<Self> {
        let name =
            key.strip_prefix("SERVICE_URL_").or_else(|| key.strip_prefix("SERVICE_FQDN_"))?;
        match name.rsplit_once('_') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                Some(Self { name, port: Some(port) })
            }
            _ => Some(Self { name, port: None }),
        }
    }

    /// The URL that Coolify generates for it.
    pub(super) fn url(&self, uuid: &str) -> String {
        let host = self.name.to_lowercase().replace('_', "-");
        format!("http://{host}-{uuid}.127.0.0.1.sslip.io")
    }
}

/// A URL without the port at its end.
pub(super) fn without_port(url: &str) -> &str {
    match url.rsplit_once(':') {
        Some((rest, port)) if port.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => url,
    }
}

/// A value of the kind that the name asks for; none of a kind that is not simulated.
pub(super) fn made_up(name: &str) -> Option<String> {
    let kind = name.strip_prefix("SERVICE_")?;
    let is = |word: &str| kind.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'));
    let long = |word: &str| is(&format!("{word}_64"));
    Some(match () {
        () if is("USER") => random::password(16),
        () if is("LOWERCASEUSER") => random::password(16).to_lowercase(),
        () if long("PASSWORD") || long("BASE64") => random::password(64),
        () if is("PASSWORD") || is("BASE64") => random::password(32),
        () if long("HEX") => random::hex(64),
        () if is("HEX") => random::hex(32),
        () => return None,
    })
}

/// The names of all variables that a value refers to.
pub(super) fn references(value: &str) -> impl Iterator<Item = &str> {
    value.split('$').skip(1).map(|rest| name(rest.strip_prefix('{').unwrap_or(rest)))
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
