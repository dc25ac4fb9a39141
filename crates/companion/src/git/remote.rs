//! The addresses of remotes, reduced to host and path.

use url::Url;

/// The maximum length of a normalized remote, in bytes.
const MAX_LENGTH: usize = 300;

/// Returns host and path of a remote's address, such as `github.com/ada/shop`: without scheme, user, password, default
/// port, query, fragment, `.git` and slashes around it. None for paths on this machine and for what is not an address.
pub fn normalize_remote(address: &str) -> Option<String> {
    let address = address.trim();
    if address.chars().any(char::is_control) {
        return None;
    }
    let (host, path) =
        if address.contains("://") { parse_url(address)? } else { parse_scp(address)? };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
    let remote = format!("{}/{path}", host.to_ascii_lowercase());
    (!host.is_empty() && !path.is_empty() && remote.len() <= MAX_LENGTH).then_some(remote)
}

fn parse_url(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address).ok()?;
    let default = match url.scheme() {
        "http" => 80,
        "https" => 443,
        "ssh" | "git+ssh" | "ssh+git" => 22,
        "git" => 9418,
        _ => return None,
    };
    let host = url.host_str()?;
    let port = url.port().filter(|port| *port != default);
    let host = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Some((host, url.path().to_owned()))
}

/// Reads `user@host:path`. A slash before the colon makes it a path on this machine.
fn parse_scp(address: &str) -> Option<(String, String)> {
    let (host, path) = address.split_once(':')?;
    if host.contains('/') || path.starts_with(':') {
        return None;
    }
    let host = host.rsplit('@').next().unwrap_or_default();
    // A single letter is a drive of Windows.
    let is_host = host.len() > 1
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    is_host.then(|| (host.to_owned(), path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_remote_normalize_to_one_address_without_credentials() {
        for address in [
            "https://github.com/ada/shop",
            "https://ada:s3cret@GitHub.com:443/ada/shop.git",
            "https://github.com/ada/shop.git/?token=s3cret#x",
            "git@github.com:ada/shop.git",
            "github.com:/ada/shop",
            "ssh://git@github.com:22/ada/shop.git",
            "git://github.com/ada/shop",
        ] {
            assert_eq!(
                normalize_remote(address).as_deref(),
                Some("github.com/ada/shop"),
                "{address}"
            );
        }
        let port = normalize_remote("ssh://git@h.example:2222/a/b.git");
        assert_eq!(port.as_deref(), Some("h.example:2222/a/b"));
    }

    #[test]
    fn local_paths_and_helpers_are_not_remotes() {
        for address in [
            "/srv/a.git",
            "../a",
            "file:///srv/a.git",
            "./a:b",
            "C:\\a",
            "ext::sh -c id",
            "https://",
            "https://h.example/",
            "git@h.example:",
            "a\nb:c",
            "",
            "x@y@:z",
        ] {
            assert_eq!(normalize_remote(address), None, "{address}");
        }
    }
}
