//! `gitea.git_credential`: what Git's credential helper answers.

use covibe_domain::{Failure, Revealed, Secret};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Get the bot's name and token as Git reads them from a credential helper. The helper that
/// `bootstrap.sh` sets up calls it for each fetch and push, so that no file holds the token and a
/// rotation goes unnoticed.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetGitCredential {}

/// The lines `username=` and `password=`.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(example = &"username=mark-bot\npassword=0123456789abcdef0123456789abcdef01234567\n")]
pub(crate) struct GitCredential(Revealed);

impl Operation<Workspace> for GetGitCredential {
    const SPEC: Spec = Spec::read("gitea.git_credential", Route::get("/git-credential"))
        .document("text/plain; charset=utf-8", "credential.txt")
        .discloses();

    type Output = GitCredential;

    async fn run(self, cx: &Workspace) -> Result<GitCredential, Failure> {
        let token = cx.reveal_bot_token().await?;
        let lines = format!("username={}\npassword={}\n", cx.bot(), token.expose());
        Ok(GitCredential(Revealed::new(Secret::new(lines))))
    }
}
