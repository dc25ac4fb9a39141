//! `gitea.credentials`.

use covibe_domain::{Failure, Revealed};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Get the workspace's Git access: bot user, token, URLs. Use it for every clone, push and Gitea API
/// call; never print or commit the token.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GiteaCredentials {}

/// Access to the workspace's repositories.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Credentials {
    bot: Bot,
    gitea: Addresses,
    workspace: Owner,
}

#[derive(Serialize, JsonSchema)]
struct Bot {
    username: String,
    token: Revealed,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Addresses {
    api_base: String,
    host: String,
    clone_url_template: String,
    ssh_remote_template: String,
    ssh_note: &'static str,
    web_url_template: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Owner {
    slug: String,
    gitea_org: String,
}

/// What SSH remotes need.
const SSH_NOTE: &str = "The workspace's private SSH key stays with Coolify. To use SSH, add a deploy key of your own to a \
                        repository: POST /repos/{org}/{repo}/keys. Otherwise clone over HTTPS.";

impl Operation<Workspace> for GiteaCredentials {
    const SPEC: Spec =
        Spec::read("gitea.credentials", Route::get("/gitea-credentials")).discloses();

    type Output = Credentials;

    async fn run(self, cx: &Workspace) -> Result<Credentials, Failure> {
        let (org, bot) = (cx.organisation(), cx.bot());
        cx.gitea().await?.check_access().await?;
        let address = cx.gitea_address()?;
        let (scheme, host) = address.web.split_once("://").unwrap_or(("https", &address.web));
        Ok(Credentials {
            gitea: Addresses {
                api_base: format!("{}/api/v1", address.web),
                host: address.host.clone(),
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
