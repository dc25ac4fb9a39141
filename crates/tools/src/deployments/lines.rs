//! The lines of a deployment's log without secrets.

use covibe_coolify::LogLine;
use covibe_domain::Failure;
use covibe_upstream::without_userinfo;
use covibe_workspace::Workspace;

/// Replaces a token.
const REDACTED: &str = "***";

/// Returns the lines without the credentials of URLs and the bot's token. Coolify's answer leaves out
/// the lines that it hides.
pub(crate) async fn redacted_lines(
    cx: &Workspace,
    log: &[LogLine],
) -> Result<Vec<String>, Failure> {
    let token = cx.bot_token().await?;
    Ok(redacted(log, token.expose()))
}

fn redacted(log: &[LogLine], token: &str) -> Vec<String> {
    // One entry may contain many lines.
    let lines = log.iter().flat_map(|entry| entry.output.lines());
    lines.map(|line| without_token(without_userinfo(line.trim_end()), token)).collect()
}

fn without_token(line: String, token: &str) -> String {
    if token.is_empty() || !line.contains(token) { line } else { line.replace(token, REDACTED) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn splits_entries_into_lines_without_secrets() {
        let entry = |text: &str| serde_json::from_value(json!({ "output": text })).unwrap();
        let log: [LogLine; 2] = [
            entry("Cloning https://bot:0123abcd@git.test/o/r\n  done  \n\n"),
            entry("Authorization: token 0123abcd"),
        ];
        let expected = ["Cloning https://…@git.test/o/r", "  done", "", "Authorization: token ***"];
        assert_eq!(redacted(&log, "0123abcd"), expected);
        assert_eq!(redacted(&log, "").len(), 4);
    }
}
