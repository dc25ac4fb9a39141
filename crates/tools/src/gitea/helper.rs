//! Git's credential helper: a line of shell that asks Co-Vibe for the token.

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
    fn only_a_question_for_a_credential_is_passed_on() {
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
