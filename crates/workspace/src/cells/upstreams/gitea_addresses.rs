//! The addresses of Gitea for people, agents and Coolify.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// The user and the port of SSH remotes unless they are configured.
const USER: &str = "git";
const PORT: u16 = 22;

/// The addresses of Gitea for people, agents and Coolify.
#[derive(Clone, Debug)]
pub struct GiteaAddress {
    /// The address of its pages without a trailing slash, such as `https://git.vibnai.com`.
    pub web: String,
    /// Its host, with its port unless that is the default.
    pub host: String,
    /// The address of its SSH remotes.
    pub ssh: SshAddress,
    /// The host of the API that this server calls, with its port unless that is the default.
    api_host: String,
}

impl GiteaAddress {
    /// Creates the address of a Gitea whose pages this server reaches at `api`, and everybody else at `public`, or also
    /// at `api` without one.
    pub fn new(api: &Url, public: Option<&Url>, ssh: Option<SshAddress>) -> Self {
        let web = public.unwrap_or(api);
        let ssh = ssh.unwrap_or_else(|| SshAddress {
            user: USER.to_owned(),
            host: web.host_str().unwrap_or_default().to_owned(),
            port: PORT,
        });
        Self {
            web: web.as_str().trim_end_matches('/').to_owned(),
            host: authority(web),
            ssh,
            api_host: authority(api),
        }
    }

    /// Returns whether an authority (a host, with its port unless that is the default) is Gitea's web address or API.
    pub fn has_authority(&self, authority: &str) -> bool {
        [&self.host, &self.api_host].into_iter().any(|own| own == authority)
    }

    /// Returns whether a host, without a port, is Gitea's in any protocol.
    pub fn has_host(&self, host: &str) -> bool {
        self.hosts().any(|own| own == host)
    }

    /// Returns its hosts of all protocols, without their ports.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let own = [self.host.as_str(), &self.api_host, &self.ssh.host];
        own.into_iter().filter_map(|own| own.split(':').next())
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_owned();
    url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

/// The address of SSH remotes: `[user@]host[:port]`, by default of the user `git` and the port 22.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshAddress {
    user: String,
    host: String,
    port: u16,
}

/// A text that is not an [`SshAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSshAddress;

impl fmt::Display for InvalidSshAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an SSH address: expected [user@]host[:port]")
    }
}

impl std::error::Error for InvalidSshAddress {}

impl SshAddress {
    /// Returns the remote of a path such as `vibn-mark/site.git`: in the short form of git, which has
    /// no port, or as a URL.
    pub fn remote(&self, path: &str) -> String {
        let Self { user, host, port } = self;
        if *port == PORT {
            format!("{user}@{host}:{path}")
        } else {
            format!("ssh://{user}@{host}:{port}/{path}")
        }
    }
}

impl SshAddress {
    /// Returns the host and port that it connects to.
    pub fn socket(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Returns the clone URL of a path as Coolify reads it: a number before the path is the port. Coolify has
    /// no keys for URLs (4.3.11).
    pub(crate) fn for_coolify(&self, path: &str) -> String {
        let Self { user, host, port } = self;
        if *port == PORT {
            format!("{user}@{host}:{path}")
        } else {
            format!("{user}@{host}:{port}/{path}")
        }
    }
}

impl FromStr for SshAddress {
    type Err = InvalidSshAddress;

    fn from_str(text: &str) -> Result<Self, InvalidSshAddress> {
        let (user, rest) = text.split_once('@').unwrap_or((USER, text));
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidSshAddress)?),
            None => (rest, PORT),
        };
        let is_name = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        if !is_name(user) || !is_name(host) || port == 0 {
            return Err(InvalidSshAddress);
        }
        Ok(Self { user: user.to_owned(), host: host.to_ascii_lowercase(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(text: &str) -> Option<String> {
        text.parse().ok().map(|address: SshAddress| address.remote("o/r.git"))
    }

    #[test]
    fn git_remotes_with_a_port_are_written_as_urls() {
        for (text, expected) in [
            ("git.test", "git@git.test:o/r.git"),
            ("gitea@git.test", "gitea@git.test:o/r.git"),
            ("Git.test:22", "git@git.test:o/r.git"),
            ("git.test:2222", "ssh://git@git.test:2222/o/r.git"),
            ("gitea@10.0.0.1:2222", "ssh://gitea@10.0.0.1:2222/o/r.git"),
        ] {
            assert_eq!(remote(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_port_is_written_before_the_path_for_coolify() {
        let of = |text: &str| text.parse::<SshAddress>().unwrap().for_coolify("o/r.git");
        assert_eq!(of("git.test"), "git@git.test:o/r.git");
        assert_eq!(of("gitea@git.test:2222"), "gitea@git.test:2222/o/r.git");
    }

    #[test]
    fn rejects_texts_that_are_not_ssh_addresses() {
        for text in
            ["", "ssh://git.test", "git.test/x", "git.test:0", "git.test:65536", "@a", "a b", "-a"]
        {
            assert_eq!(remote(text), None, "{text}");
        }
    }

    #[test]
    fn gitea_links_use_the_public_address_and_both_addresses_are_recognized() {
        let (api, public) = ("http://gitea:3000/".parse().unwrap(), "https://git.test/code/");
        let address = GiteaAddress::new(&api, Some(&public.parse().unwrap()), None);
        assert_eq!(
            (address.web.as_str(), address.host.as_str()),
            ("https://git.test/code", "git.test")
        );
        assert_eq!(address.ssh.remote("o/r"), "git@git.test:o/r");
        for own in ["git.test", "gitea:3000"] {
            assert!(address.has_authority(own), "{own}");
        }
        assert!(address.has_host("gitea") && !address.has_authority("gitea"));
        assert!(!address.has_host("evil.test") && !address.has_host(""));
    }
}
