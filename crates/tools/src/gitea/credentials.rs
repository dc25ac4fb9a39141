//! `gitea.credentials`.

use covibe_domain::{Failure, Revealed};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::git_credential::git_helper;

/// Get the workspace's Git access: bot user, token, URLs. Use it for every clone, push and Gitea API
/// call; never print or commit the token.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GiteaCredentials {}

/// Access to the workspace's repositories.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GiteaAccess")]
pub(crate) struct Credentials {
    /// The bot.
    bot: Bot,
    /// The addresses of Gitea.
    gitea: Addresses,
    /// The workspace's part of Gitea.
    workspace: Owner,
}

/// The bot that works in the repositories.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GiteaBot")]
struct Bot {
    /// The bot's user name.
    #[schemars(example = &"mark-bot")]
    username: String,
    /// The bot's token.
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    token: Revealed,
}

/// The addresses of Gitea.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "GiteaAddresses")]
struct Addresses {
    /// The base URL of Gitea's API.
    #[schemars(example = &"https://git.example.com/api/v1")]
    api_base: String,
    /// The host of Gitea.
    #[schemars(example = &"git.example.com")]
    host: String,
    /// The HTTPS URL of a repository, with `{repo}` in place of its name and no token.
    #[schemars(example = &"https://git.example.com/vibn-mark/{repo}.git")]
    clone_url: String,
    /// The command for a clone whose fetches and pushes get the token with `VIBN_API_KEY`, so that no file holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"git clone --config credential.helper='!f() { … }; f' https://git.example.com/vibn-mark/{repo}.git")]
    clone_command: Option<String>,
    /// The same URL with the token, which Git writes into `.git/config`.
    #[schemars(example = &"https://mark-bot:{token}@git.example.com/vibn-mark/{repo}.git")]
    clone_url_template: String,
    /// The SSH remote of a repository, with `{repo}` in place of its name.
    #[schemars(example = &"git@git.example.com:vibn-mark/{repo}.git")]
    ssh_remote_template: String,
    /// The requirements of SSH remotes.
    #[schemars(example = &"To use SSH, add your own deploy key to a repository.")]
    ssh_note: &'static str,
    /// The page of a repository, with `{repo}` in place of its name.
    #[schemars(example = &"https://git.example.com/vibn-mark/{repo}")]
    web_url_template: String,
}

/// The owner of the repositories.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "GiteaOwner")]
struct Owner {
    /// The slug of the workspace.
    #[schemars(example = &"mark")]
    slug: String,
    /// The Gitea organisation.
    #[schemars(example = &"vibn-mark")]
    gitea_org: String,
}

/// The requirements of SSH remotes.
const SSH_NOTE: &str = "The workspace's private SSH key stays with Coolify. To use SSH, add your \
                        own deploy key to a repository: POST /repos/{org}/{repo}/keys. Otherwise \
                        clone over HTTPS.";

impl Operation<Workspace> for GiteaCredentials {
    const SPEC: Spec =
        Spec::read("gitea.credentials", Route::get("/gitea-credentials")).discloses();

    type Output = Credentials;

    async fn run(self, cx: &Workspace) -> Result<Credentials, Failure> {
        let (org, bot) = (cx.organisation(), cx.bot());
        cx.gitea().await?.check_access().await?;
        let address = cx.gitea_address()?;
        let clone_url = format!("{}/{org}/{{{{repo}}}}.git", address.web);
        let helper = cx.settings().origin().ok().map(|at| git_helper(at, cx.slug().as_str()));
        let clone_command = helper.map(|helper| {
            let helpers =
                format!("--config credential.helper= --config credential.helper='{helper}'");
            format!("git clone {helpers} {clone_url}")
        });
        let (scheme, host) = address.web.split_once("://").unwrap_or(("https", &address.web));
        Ok(Credentials {
            gitea: Addresses {
                api_base: format!("{}/api/v1", address.web),
                host: address.host.clone(),
                clone_url,
                clone_command,
                clone_url_template: format!(
                    "{scheme}://{bot}:{{{{token}}}}@{host}/{org}/{{{{repo}}}}.git"
                ),
                ssh_remote_template: address.ssh.remote(&format!("{org}/{{{{repo}}}}.git")),
                ssh_note: SSH_NOTE,
                web_url_template: format!("{}/{org}/{{{{repo}}}}", address.web),
            },
            bot: Bot { username: bot.to_owned(), token: cx.reveal_bot_token().await? },
            workspace: Owner { slug: cx.slug().to_string(), gitea_org: org.to_owned() },
        })
    }
}
