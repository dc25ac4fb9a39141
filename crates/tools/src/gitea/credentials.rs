//! `gitea.credentials`.

use covibe_domain::{Failure, Revealed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// Get the workspace's Git access: bot user, token, API base, clone and SSH URL templates. Use it
/// for every clone, push and Gitea API call; never print or commit the token.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GiteaCredentials {}

/// The answer of C section 5.2.
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
    web_url_template: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Owner {
    slug: String,
    gitea_org: String,
}

impl Operation for GiteaCredentials {
    const SPEC: Spec =
        Spec::read("gitea.credentials", Route::get("/gitea-credentials")).discloses();

    type Output = Credentials;

    async fn run(self, cx: &Workspace) -> Result<Credentials, Failure> {
        let record = cx.record();
        let (org, bot) = (&record.gitea_org, &record.gitea_bot_username);
        let at = cx.gitea_address()?;
        let (scheme, host) = at.web.split_once("://").unwrap_or(("https", &at.web));
        Ok(Credentials {
            gitea: Addresses {
                api_base: format!("{}/api/v1", at.web),
                host: at.host.clone(),
                clone_url_template: format!(
                    "{scheme}://{bot}:{{{{token}}}}@{host}/{org}/{{{{repo}}}}.git"
                ),
                ssh_remote_template: format!("git@{}:{org}/{{{{repo}}}}.git", at.ssh_host),
                web_url_template: format!("{}/{org}/{{{{repo}}}}", at.web),
            },
            bot: Bot { username: bot.clone(), token: cx.reveal_bot_token().await? },
            workspace: Owner { slug: record.slug.to_string(), gitea_org: org.clone() },
        })
    }
}
