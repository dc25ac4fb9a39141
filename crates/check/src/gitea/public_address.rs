//! The check of the address at which everybody else reaches Gitea.

use covibe_config::Gitea;
use covibe_gitea::Client;

use crate::check_outcome::{Check, passed_check, warned_check};

/// Compares the configured address with the one by which Gitea calls itself; `None` if Gitea does not
/// say.
pub(crate) async fn check(client: &Client, from: &Gitea) -> Option<Check> {
    const NAME: &str = "gitea.address";
    let user = client.whoami(&from.token).await.ok()??;
    let own = user.html_url.strip_suffix(&user.login)?.trim_end_matches('/');
    let web = client.web_base();
    let told = from.public_url.as_ref().unwrap_or(&web).as_str().trim_end_matches('/');
    Some(if told == own {
        passed_check(NAME, told)
    } else {
        let says = format!(
            "people and Coolify get the address {told}, but Gitea's own address is {own}: set \
             GITEA_PUBLIC_URL here, or ROOT_URL in Gitea, to the right one"
        );
        warned_check(NAME, says)
    })
}
