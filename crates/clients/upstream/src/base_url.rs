//! An upstream's address, and what can be wrong with a client's settings.

use url::Url;

/// Invalid settings of a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address is not one of an API.
    #[error(
        "the address of {upstream} must be an http:// or https:// URL with a host, and without user, query or fragment"
    )]
    Address {
        /// The upstream's name.
        upstream: &'static str,
    },
    /// The token can't be put into a header.
    #[error("the token for {upstream} is empty or has characters that are not allowed in a header")]
    Token {
        /// The upstream's name.
        upstream: &'static str,
    },
    /// TLS can't be set up.
    #[error(
        "TLS for {upstream} can't be set up: no crypto provider is installed, or no root certificates are found"
    )]
    Tls {
        /// The upstream's name.
        upstream: &'static str,
    },
}

/// Returns the address with exactly one `suffix` (such as `/api/v1`) at its end and no slash after
/// it.
pub fn api_base(upstream: &'static str, url: &Url, suffix: &str) -> Result<Url, ConfigError> {
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !bare {
        return Err(ConfigError::Address { upstream });
    }
    let path = url.path().trim_end_matches('/');
    let path = format!("{}{suffix}", path.strip_suffix(suffix).unwrap_or(path));
    let mut address = url.clone();
    address.set_path(&path);
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Option<String> {
        api_base("Coolify", &text.parse().unwrap(), "/api/v1").ok().map(String::from)
    }

    #[test]
    fn the_api_suffix_is_added_exactly_once() {
        for text in
            ["https://c.test", "https://c.test/", "https://c.test/api/v1", "https://c.test/api/v1/"]
        {
            assert_eq!(base(text).as_deref(), Some("https://c.test/api/v1"));
        }
        assert_eq!(
            base("http://c.test:8000/sub").as_deref(),
            Some("http://c.test:8000/sub/api/v1")
        );
        for bad in ["https://u:p@c.test", "https://c.test?token=1", "ftp://c.test", "file:///etc"] {
            assert_eq!(base(bad), None, "{bad}");
        }
    }
}
