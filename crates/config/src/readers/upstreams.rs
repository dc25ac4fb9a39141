//! The addresses and tokens of Coolify and Gitea.

use std::num::NonZeroU32;

use covibe_domain::{Secret, ServerUuid};
use covibe_workspace::{CloneProtocol, SshAddress};
use url::Url;

use super::{Reader, is_plain};

/// The way to Coolify.
#[derive(Clone, Debug)]
pub struct Coolify {
    /// The address of its API.
    pub url: Url,
    /// A token of the team that owns the workspaces' projects.
    pub token: Secret,
    /// The server that apps are deployed to; the only one if `None`.
    pub server: Option<ServerUuid>,
    /// The uuid of the destination for workspaces without one of their own; the only one if `None`.
    pub destination: Option<String>,
    /// The maximum number of calls a minute; the limit that Coolify reports if `None`.
    pub most_per_minute: Option<u32>,
}

/// The way to Gitea.
#[derive(Clone, Debug)]
pub struct Gitea {
    /// The address of its API.
    pub url: Url,
    /// The token of a site administrator.
    pub token: Secret,
    /// The name of that administrator.
    pub username: String,
    /// Where everybody else reaches it; `None` if that is the same address.
    pub public_url: Option<Url>,
    /// Where Coolify clones over SSH; required if new apps are cloned so.
    pub ssh: Option<SshAddress>,
}

impl Reader<'_> {
    /// Reads an upstream's URL, which is required if one of the upstream's other variables is set.
    fn upstream(&mut self, name: &str, others: &[&str]) -> Option<Url> {
        let url: Option<Url> = self.parse(name, "an http(s) URL");
        let set = others.iter().find(|other| self.text(other).is_some());
        match (&url, set) {
            (Some(url), _) if !matches!(url.scheme(), "http" | "https") => {
                self.mistakes.push(format!("{name}: expected an http(s) URL"));
            }
            (None, Some(other)) if self.text(name).is_none() => {
                self.missing.push(format!("{name}: required because {other} is set"));
            }
            _ => {}
        }
        url
    }

    /// Reads the address of pages: without credentials, query and fragment.
    fn web_address(&mut self, name: &str) -> Option<Url> {
        const EXPECTED: &str = "an http(s) URL like https://git.example";
        let url: Url = self.parse(name, EXPECTED)?;
        if !matches!(url.scheme(), "http" | "https") || !is_plain(&url) {
            self.mistakes.push(format!("{name}: expected {EXPECTED}"));
        }
        Some(url)
    }

    pub(crate) fn coolify(&mut self) -> Option<Coolify> {
        let others = [
            "COOLIFY_API_TOKEN",
            "COOLIFY_SERVER_UUID",
            "COOLIFY_DESTINATION_UUID",
            "COOLIFY_MAX_CALLS_PER_MINUTE",
        ];
        let url = self.upstream("COOLIFY_API_URL", &others);
        let server = self.parse("COOLIFY_SERVER_UUID", "a Coolify uuid");
        let destination = self.text("COOLIFY_DESTINATION_UUID");
        let most = self.parse::<NonZeroU32>("COOLIFY_MAX_CALLS_PER_MINUTE", "a positive number");
        let token = self.secret("COOLIFY_API_TOKEN");
        let url = url?;
        let token = self.require(token, "COOLIFY_API_TOKEN", "COOLIFY_API_URL is set")?;
        let most_per_minute = most.map(NonZeroU32::get);
        Some(Coolify { url, token, server, destination, most_per_minute })
    }

    /// Reads how new apps are cloned. Over SSH, Coolify needs the address.
    pub(crate) fn clone_protocol(&mut self) -> CloneProtocol {
        const NAME: &str = "GITEA_CLONE";
        let protocol = self.parse(NAME, "https or ssh").unwrap_or_default();
        if protocol == CloneProtocol::Ssh && self.text("GITEA_SSH_HOST").is_none() {
            self.missing.push(format!("GITEA_SSH_HOST: required because {NAME} is ssh"));
        }
        protocol
    }

    pub(crate) fn gitea(&mut self) -> Option<Gitea> {
        let others = ["GITEA_API_TOKEN", "GITEA_USERNAME", "GITEA_PUBLIC_URL", "GITEA_SSH_HOST"];
        let public_url = self.web_address("GITEA_PUBLIC_URL");
        let ssh = self.parse("GITEA_SSH_HOST", "[user@]host[:port], like git.example:2222");
        let url = self.upstream("GITEA_API_URL", &others)?;
        let because = "GITEA_API_URL is set";
        let (token, username) = (self.secret("GITEA_API_TOKEN"), self.text("GITEA_USERNAME"));
        let token = self.require(token, "GITEA_API_TOKEN", because);
        let username = self.require(username, "GITEA_USERNAME", because);
        Some(Gitea { url, token: token?, username: username?, public_url, ssh })
    }
}

#[cfg(test)]
mod tests {
    use covibe_workspace::CloneProtocol;

    use crate::tests::read;

    #[test]
    fn cloning_over_ssh_requires_gitea_ssh_host() {
        assert_eq!(read(&[]).unwrap().clone_protocol, CloneProtocol::Https);
        let mistakes = read(&[("GITEA_CLONE", "ssh")]).unwrap_err().to_string();
        assert!(
            mistakes.contains("GITEA_SSH_HOST: required because GITEA_CLONE is ssh"),
            "{mistakes}"
        );
        let mistakes = read(&[("GITEA_CLONE", "git")]).unwrap_err().to_string();
        assert!(mistakes.contains("GITEA_CLONE: expected https or ssh"), "{mistakes}");
        let whole = [
            ("GITEA_CLONE", "ssh"),
            ("GITEA_SSH_HOST", "git.example:2222"),
            ("GITEA_API_URL", "https://git.example"),
            ("GITEA_API_TOKEN", "0123456789012345678901234567890123456789"),
            ("GITEA_USERNAME", "admin"),
        ];
        assert_eq!(read(&whole).unwrap().clone_protocol, CloneProtocol::Ssh);
    }
}
