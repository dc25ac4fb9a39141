//! The address of `origin`, as an owner and a name on Gitea.

use covibe_domain::Failure;
use covibe_gitea::has_name_form;
use url::Url;

/// A repository as the address names it; it may have another name by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) owner: String,
    pub(super) name: String,
}

impl Origin {
    /// Reads an address that must be on the same host as Gitea's pages.
    pub(super) fn parse(address: &str, gitea: &Url) -> Result<Self, Failure> {
        let path =
            if address.contains("://") { by_url(address, gitea) } else { by_scp(address, gitea) };
        path.and_then(|path| by_path(&path)).ok_or_else(|| {
            let host = gitea.host_str().unwrap_or_default();
            Failure::forbidden(format!("The remote `origin` is not a repository on {host}.")).hint(
                "Nothing was changed. Pushes go only to Gitea; set the address with `git remote \
                 set-url origin`.",
            )
        })
    }
}

/// Returns the path of a URL, below that of Gitea's pages. Over SSH, Gitea has no such path and another port.
fn by_url(address: &str, gitea: &Url) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_host = url.host_str()?.eq_ignore_ascii_case(gitea.host_str()?);
    if !is_host || url.query().is_some() || url.fragment().is_some() {
        return None;
    }
    match url.scheme() {
        "ssh" => Some(url.path().trim_start_matches('/').to_owned()),
        "http" | "https" if url.port() == gitea.port() => {
            let below = url.path().strip_prefix(gitea.path().trim_end_matches('/'))?;
            Some(below.strip_prefix('/')?.to_owned())
        }
        _ => None,
    }
}

/// Reads `user@host:path`.
fn by_scp(address: &str, gitea: &Url) -> Option<String> {
    let (host, path) = address.split_once(':')?;
    let host = host.rsplit('@').next()?;
    let is_host = !host.contains('/') && host.eq_ignore_ascii_case(gitea.host_str()?);
    is_host.then(|| path.trim_start_matches('/').to_owned())
}

fn by_path(path: &str) -> Option<Origin> {
    let (owner, name) = path.trim_end_matches('/').split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    (has_name_form(owner) && has_name_form(name))
        .then(|| Origin { owner: owner.to_owned(), name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str, gitea: &str) -> Option<String> {
        let origin = Origin::parse(address, &gitea.parse().unwrap()).ok()?;
        Some(format!("{}/{}", origin.owner, origin.name))
    }

    #[test]
    fn addresses_on_the_configured_host_give_the_repository_name() {
        for address in [
            "https://git.test/ada/shop.git",
            "https://ada:s3cret@GIT.test/ada/shop",
            "http://git.test/ada/shop/",
            "ssh://git@git.test:2222/ada/shop.git",
            "git@git.test:ada/shop.git",
        ] {
            assert_eq!(
                parse(address, "https://git.test/").as_deref(),
                Some("ada/shop"),
                "{address}"
            );
        }
        let below = parse("https://c.test/git/ada/shop.git", "https://c.test/git/");
        assert_eq!(below.as_deref(), Some("ada/shop"));
    }

    #[test]
    fn addresses_on_other_hosts_or_in_other_forms_are_refused() {
        for address in [
            "https://git.test.evil/ada/shop",
            "https://git.test@evil.test/ada/shop",
            "https://git.test:8443/ada/shop",
            "https://git.test/ada/shop/x",
            "https://git.test/ada/../shop",
            "https://git.test/ada/..%2fshop",
            "https://git.test/ada/shop?x",
            "ext::sh -c id",
            "file:///srv/ada/shop",
            "/srv/ada/shop",
            "evil.test:ada/shop",
            "a/git.test:ada/shop",
            "git://git.test/ada/shop",
            "",
        ] {
            assert_eq!(parse(address, "https://git.test/"), None, "{address}");
        }
    }
}
