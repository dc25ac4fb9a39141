//! The repositories that Coolify accepts (`ValidGitRepositoryUrl`), and the text of them that it
//! stores.

use std::net::IpAddr;

use url::Url;

use crate::coolify::Version;

/// Characters with a meaning to a shell.
const DANGEROUS: &str = ";|&$`()[]{}<>\"'\\!?*^%=+#\n\r\0";

/// Returns the complaint about the repository of a creation; a PATCH accepts any text.
pub(crate) fn complaint(repository: &str) -> Option<&'static str> {
    if repository.contains(|c| DANGEROUS.contains(c)) {
        return Some("The git repository contains invalid characters.");
    }
    if repository.contains("../") {
        return Some("The git repository contains invalid patterns.");
    }
    if let Some(rest) = repository.strip_prefix("git@") {
        let good = rest.split_once(':').is_some_and(|(host, path)| is_host(host) && is_path(path));
        return (!good).then_some("The git repository is not a valid SSH repository URL.");
    }
    if let Some(rest) = repository.strip_prefix("git://") {
        let good = rest.split_once('/').is_some_and(|(_, path)| is_path(path));
        return (!good).then_some("The git repository is not a valid git:// URL.");
    }
    if repository.starts_with("https://") || repository.starts_with("http://") {
        return http_complaint(repository);
    }
    Some("The git repository must start with https://, http://, git://, or git@.")
}

fn http_complaint(repository: &str) -> Option<&'static str> {
    let url = Url::parse(repository).ok();
    let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
        return Some("The git repository is not a valid URL.");
    };
    if host == "localhost" || host.to_ascii_lowercase().ends_with(".local") {
        return Some("The git repository cannot point to internal hosts.");
    }
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Some("The git repository cannot use IP addresses.");
    }
    (!is_path(url.path())).then_some("The git repository path contains invalid characters.")
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}

fn is_path(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/.@~".contains(&b))
}

/// Returns whether a text is a branch: `[A-Za-z0-9-_/.]+`, and not `HEAD`.
pub(crate) fn is_branch(text: &str) -> bool {
    text != "HEAD"
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/.".contains(&b))
}

/// Returns the text that `/applications/public` stores for a repository.
///
/// Up to 4.1.2, the text is the first two segments of the path, without host and credentials; since
/// 4.2 only for github.com, whose source Coolify knows.
pub(crate) fn stored_by_public(repository: &str, version: Version) -> String {
    let Ok(url) = Url::parse(repository) else { return repository.to_owned() };
    if version >= Version::V4_3 && url.host_str() != Some("github.com") {
        return repository.trim().to_owned();
    }
    let segments: Vec<_> = url.path_segments().into_iter().flatten().take(2).collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creations_accept_public_hosts_and_safe_paths_only() {
        for good in [
            "https://git.example.com/org/repo.git",
            "https://bot:0123456789abcdef@git.example.com/org/repo.git",
            "git@git.example.com:2222/org/repo.git",
            "git://git.example.com/org/repo",
        ] {
            assert_eq!(complaint(good), None, "{good}");
        }
        for bad in [
            "ssh://git@git.example.com/org/repo.git",
            "https://127.0.0.1/org/repo",
            "https://localhost:3000/org/repo",
            "https://nas.local/org/repo",
            "https://a:p%40ss@git.example.com/org/repo",
            "https://git.example.com/org/repo?x=1",
            "org/repo",
        ] {
            assert!(complaint(bad).is_some(), "{bad}");
        }
    }
}
