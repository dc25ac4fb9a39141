//! The lines of a deployment's log, as they may be shown.

use covibe_coolify::LogLine;
use covibe_domain::Failure;
use covibe_upstream::without_userinfo;
use covibe_workspace::Workspace;

/// What stands in the place of a token.
const HIDDEN: &str = "***";

/// The lines without what is secret in them: the credentials of URLs and the bot's token. Those
/// that Coolify hides are not there in the first place.
pub(crate) async fn shown(cx: &Workspace, log: &[LogLine]) -> Result<Vec<String>, Failure> {
    let token = cx.bot_token().await?;
    Ok(plain(log, token.expose()))
}

fn plain(log: &[LogLine], token: &str) -> Vec<String> {
    // One entry may hold many lines.
    let lines = log.iter().flat_map(|entry| entry.output.lines());
    lines.map(|line| without(without_userinfo(line.trim_end()), token)).collect()
}

fn without(line: String, token: &str) -> String {
    if token.is_empty() || !line.contains(token) { line } else { line.replace(token, HIDDEN) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_become_lines_without_secrets() {
        let entry = |text: &str| serde_json::from_value(json!({ "output": text })).unwrap();
        let log: [LogLine; 2] = [
            entry("Cloning https://bot:0123abcd@git.test/o/r\n  done  \n\n"),
            entry("Authorization: token 0123abcd"),
        ];
        let expected = ["Cloning https://…@git.test/o/r", "  done", "", "Authorization: token ***"];
        assert_eq!(plain(&log, "0123abcd"), expected);
        assert_eq!(plain(&log, "").len(), 4);
    }
}
