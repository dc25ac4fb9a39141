//! Literal secrets in the files of a repository, which are committed sooner or later.

use std::path::Path;

use covibe_domain::Secret;
use covibe_domain::secret::KEY_PREFIX;

use super::config_findings::{Finding, Level};
use crate::home::read_bounded;

/// The files that are searched.
const FILES: [&str; 8] = [
    ".mcp.json",
    ".cursor/mcp.json",
    ".vscode/mcp.json",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".agents/mcp_config.json",
    ".junie/mcp/mcp.json",
    ".devin/mcp_config.json",
];

/// The maximum size of a file that is searched, in bytes.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// The number of characters after the prefix from which a text is a key and not an example.
const MIN_KEY: usize = 20;

/// Returns a finding for each file of a repository with a Co-Vibe key in it: any key, or one of these.
pub fn literal_secrets(repository: &Path, keys: &[Secret]) -> Vec<Finding> {
    let search = |name: &&str| {
        let path = repository.join(name);
        let content = match read_bounded(&path, MAX_SIZE) {
            Ok(content) => content?,
            Err(error) => {
                let message = format!("{} was not searched for keys ({error}).", path.display());
                return Some(Finding::new("secret", Level::Warn, message));
            }
        };
        let text = String::from_utf8_lossy(&content);
        let has_ours = keys.iter().any(|key| !key.is_empty() && text.contains(key.expose()));
        (has_ours || has_key(&text)).then(|| {
            let message = format!("{} contains a Co-Vibe key.", path.display());
            let fix = "Remove it, revoke the key in the console, and run `covibe-local setup --project .`";
            Finding::new("secret", Level::Fail, message).fix(fix)
        })
    };
    FILES.iter().filter_map(search).collect()
}

fn has_key(text: &str) -> bool {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
    text.match_indices(KEY_PREFIX).any(|(at, prefix)| {
        text[at + prefix.len()..].chars().take_while(is_part).count() >= MIN_KEY
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_keys_in_repository_files_are_failures() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".mcp.json", r#"{"headers": {"Authorization": "Bearer ${VIBN_API_KEY}"}}"#);
        write(".vscode/mcp.json", r#"{"example": "vibn_sk_example"}"#);
        assert_eq!(literal_secrets(folder.path(), &[Secret::new("other")]), []);
        write(".mcp.json", &format!(r#"{{"a": "Bearer vibn_sk_{}"}}"#, "a".repeat(43)));
        write(".codex/config.toml", "token = 'my-own-key'");
        write(".junie/mcp/mcp.json", r#"{"a": "Bearer my-own-key"}"#);
        write(".agents/mcp_config.json", r#"{"a": "Bearer my-own-key"}"#);
        write(".devin/mcp_config.json", r#"{"a": "Bearer my-own-key"}"#);
        let findings = literal_secrets(folder.path(), &[Secret::new("my-own-key")]);
        assert_eq!(findings.len(), 5);
        assert!(findings.iter().all(|finding| finding.level == Level::Fail));
        assert!(!format!("{findings:?}").contains("my-own-key"));
    }
}
