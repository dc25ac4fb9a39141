//! The programs that agents are: where each keeps its settings, and how a job gets its sign-in.
//!
//! Settings of these programs start other programs. A job that could write the settings of its user would have programs
//! started in the user's own sessions, and in all later jobs. So a job has a folder of its own for them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

/// A program that an agent can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AgentClient {
    /// Claude Code.
    ClaudeCode,
    /// Codex.
    Codex,
}

impl AgentClient {
    /// Every program.
    pub(crate) const ALL: [Self; 2] = [Self::ClaudeCode, Self::Codex];

    /// Returns the program that a command starts, as far as its name says so.
    pub(super) fn from_program(program: &str) -> Option<Self> {
        match Path::new(program).file_name()?.to_str()? {
            "claude" => Some(Self::ClaudeCode),
            "codex" => Some(Self::Codex),
            _ => None,
        }
    }

    /// Returns the arguments by which it ignores the settings in its working folder, as `runner.toml` has them.
    ///
    /// Claude Code runs the hooks of `.claude/settings.json` in a session with `-p`, which asks nobody whether the folder
    /// is trusted (seen with 2.1.330). Codex starts the MCP servers and hooks of `.codex/config.toml` only in a trusted
    /// folder; before 0.169, it trusts each folder that it may write, unless the folder is marked as untrusted.
    pub(super) const fn isolating_arguments(self) -> &'static str {
        match self {
            Self::ClaudeCode => r#""--setting-sources", "user""#,
            Self::Codex => r#""-c", 'projects={"{worktree}"={trust_level="untrusted"}}'"#,
        }
    }

    /// Returns whether arguments are among those by which it ignores the settings in its working folder.
    pub(super) fn is_isolated_by(self, arguments: &[String]) -> bool {
        match self {
            Self::ClaudeCode => {
                arguments.iter().any(|argument| argument == "--setting-sources=user")
                    || arguments.windows(2).any(|pair| pair == ["--setting-sources", "user"])
            }
            Self::Codex => arguments.iter().any(|argument| {
                argument.starts_with("projects=") && argument.contains("\"untrusted\"")
            }),
        }
    }

    /// Returns the word for it in `runner.toml`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// Returns the variable that names the folder of its settings.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::ClaudeCode => "CLAUDE_CONFIG_DIR",
            Self::Codex => "CODEX_HOME",
        }
    }

    /// Returns the folder of its settings if the variable is not set.
    pub(crate) fn default_folder(self, home: &Path) -> PathBuf {
        home.join(match self {
            Self::ClaudeCode => ".claude",
            Self::Codex => ".codex",
        })
    }

    /// Returns all paths of its settings: the folder, and what is beside it.
    pub(super) fn settings(self, folder: &Path) -> Vec<PathBuf> {
        match self {
            Self::ClaudeCode => vec![folder.to_owned(), folder.with_file_name(".claude.json")],
            Self::Codex => vec![folder.to_owned()],
        }
    }

    /// Returns the file with the sign-in in the folder of its settings.
    pub(crate) fn sign_in_file(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::ClaudeCode => ".credentials.json",
            Self::Codex => "auth.json",
        })
    }

    /// Returns the variables each of which takes the place of the sign-in.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => {
                &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"]
            }
            Self::Codex => &["CODEX_API_KEY", "CODEX_ACCESS_TOKEN"],
        }
    }

    /// Returns a copy of a sign-in for a job, without the token that renews it; none if the file is not a sign-in.
    ///
    /// A renewal makes the earlier token invalid: a job that renewed its copy would sign out its user and other jobs.
    pub(crate) fn copy_sign_in(self, file: &[u8]) -> Option<Value> {
        let mut file: Value = serde_json::from_slice(file).ok()?;
        let members = file.as_object_mut()?;
        match self {
            Self::ClaudeCode => {
                // The file also has the tokens of other servers, to which the user has signed in.
                let mut tokens = members.remove("claudeAiOauth")?;
                tokens.as_object_mut()?.insert("refreshToken".to_owned(), Value::Null);
                Some(json!({ "claudeAiOauth": tokens }))
            }
            Self::Codex => {
                if let Some(tokens) = members.get_mut("tokens").and_then(Value::as_object_mut) {
                    // Codex does not read a file without this member.
                    tokens.insert("refresh_token".to_owned(), json!(""));
                }
                Some(file)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_sign_in_cannot_be_renewed_and_has_no_tokens_of_other_servers() {
        let claude = json!({
            "claudeAiOauth": { "accessToken": "a", "refreshToken": "r", "expiresAt": 1, "scopes": [] },
            "mcpOAuth": { "server": { "accessToken": "m" } },
        });
        let copy = AgentClient::ClaudeCode.copy_sign_in(claude.to_string().as_bytes());
        let tokens =
            json!({ "accessToken": "a", "refreshToken": null, "expiresAt": 1, "scopes": [] });
        assert_eq!(copy, Some(json!({ "claudeAiOauth": tokens })));
        let codex = json!({ "OPENAI_API_KEY": null, "tokens": { "access_token": "a", "refresh_token": "r" } });
        let copy = AgentClient::Codex.copy_sign_in(codex.to_string().as_bytes());
        let tokens = json!({ "access_token": "a", "refresh_token": "" });
        assert_eq!(copy, Some(json!({ "OPENAI_API_KEY": null, "tokens": tokens })));
        let key = json!({ "OPENAI_API_KEY": "k" });
        assert_eq!(AgentClient::Codex.copy_sign_in(key.to_string().as_bytes()), Some(key));
    }

    #[test]
    fn a_file_that_is_not_a_sign_in_is_not_copied() {
        for client in AgentClient::ALL {
            for file in ["", "[]", "\"claudeAiOauth\"", "{"] {
                assert_eq!(client.copy_sign_in(file.as_bytes()), None, "{file}");
            }
        }
        for file in ["{}", "{\"claudeAiOauth\": 1}", "{\"mcpOAuth\": {}}"] {
            assert_eq!(AgentClient::ClaudeCode.copy_sign_in(file.as_bytes()), None, "{file}");
        }
    }
}
