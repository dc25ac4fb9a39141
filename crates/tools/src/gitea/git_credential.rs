//! `gitea.git_credential`: what Git's credential helper answers, and that helper: a line of shell that asks Co-Vibe for
//! the token.

use covibe_domain::{Failure, Revealed, Secret};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Get the bot's name and token as Git reads them from a credential helper. The helper that
/// `bootstrap.sh` sets up calls it for each fetch and push, so that no file holds the token and a
/// rotation breaks nothing.
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

/// Returns the value of Git's setting `credential.helper` for a workspace of the server at this origin. It reads the
/// API key from `VIBN_API_KEY`, and gives it to curl by a pipe: arguments of processes are visible to others. It
/// contains no single quote.
pub fn git_helper(origin: &str, slug: &str) -> String {
    format!(
        "!f() {{ test \"$1\" != get || \
         printf \"header = \\\"Authorization: Bearer %s\\\"\\n\" \"$VIBN_API_KEY\" | \
         curl -fsS -m 60 -K - {origin}/api/workspaces/{slug}/git-credential; }}; f"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_git_helper_requests_a_token_only_for_get() {
        let helper = git_helper("http://127.0.0.1:1", "mark");
        assert!(!helper.contains('\''), "{helper}");
        let command = helper.strip_prefix('!').unwrap();
        for (action, asks) in [("store", false), ("erase", false), ("get", true)] {
            let mut shell = Command::new("sh");
            let shell =
                shell.args(["-c", &format!("{command} {action}")]).env_remove("VIBN_API_KEY");
            let output = shell.output().unwrap();
            assert_eq!(output.status.success(), !asks, "{action}: {output:?}");
            assert!(output.stdout.is_empty(), "{output:?}");
        }
    }
}
