//! The places where agents keep their configuration.

use std::env;
use std::path::{Path, PathBuf};

use crate::agent_kinds::Agent;
use crate::command_error::Problem;

/// The folders of agents on a machine. The values are those of this user, or of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The home directory.
    pub home: PathBuf,
    /// The folder of Codex, if it is not `~/.codex`: `COVIBE_CODEX_HOME`, or `CODEX_HOME`.
    pub codex: Option<PathBuf>,
    /// The folder of Claude Code, if it is not `~/.claude`: `CLAUDE_CONFIG_DIR`.
    pub claude: Option<PathBuf>,
    /// The folder of Cursor, if it is not `~/.cursor`: `COVIBE_CURSOR_HOME`.
    pub cursor: Option<PathBuf>,
    /// The folder of settings, if it is not `~/.config`: `XDG_CONFIG_HOME`.
    pub config: Option<PathBuf>,
    /// True if the machine runs macOS.
    pub is_macos: bool,
    /// The program `claude`, if it is on the search path.
    pub claude_program: Option<PathBuf>,
}

impl Places {
    /// Returns the places of this user.
    ///
    /// # Errors
    ///
    /// A problem if the user has no home.
    pub fn find() -> Result<Self, Problem> {
        let home = env::home_dir().filter(|home| home.is_absolute()).ok_or_else(|| {
            Problem::failure("The home directory of this user is not known.").hint("Set HOME.")
        })?;
        Ok(Self {
            codex: variable("COVIBE_CODEX_HOME").or_else(|| variable("CODEX_HOME")),
            claude: variable("CLAUDE_CONFIG_DIR"),
            cursor: variable("COVIBE_CURSOR_HOME"),
            config: variable("XDG_CONFIG_HOME"),
            is_macos: cfg!(target_os = "macos"),
            claude_program: search("claude"),
            home,
        })
    }

    /// Returns the usual places below a home directory, on a machine without the program `claude`.
    pub fn at(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            codex: None,
            claude: None,
            cursor: None,
            config: None,
            is_macos: false,
            claude_program: None,
        }
    }

    /// Returns the folder of an agent.
    pub fn folder(&self, agent: Agent) -> PathBuf {
        let below = |given: &Option<PathBuf>, name: &str| {
            given.clone().unwrap_or_else(|| self.home.join(name))
        };
        match agent {
            Agent::ClaudeCode => below(&self.claude, ".claude"),
            Agent::Codex => below(&self.codex, ".codex"),
            Agent::Cursor => below(&self.cursor, ".cursor"),
            Agent::Vscode if self.is_macos => self.home.join("Library/Application Support/Code"),
            Agent::Vscode => self.config_folder().join("Code"),
            Agent::Gemini => self.home.join(".gemini"),
            // Before its second version, Antigravity read `.gemini/antigravity`, which only has its state now.
            Agent::Antigravity => self.home.join(".gemini/config"),
            Agent::Windsurf => self.home.join(".codeium/windsurf"),
            // Devin, Zed and opencode use this folder on macOS, too.
            Agent::Devin => self.config_folder().join("devin"),
            Agent::Zed => self.config_folder().join("zed"),
            Agent::Opencode => self.config_folder().join("opencode"),
            Agent::Junie => self.home.join(".junie"),
        }
    }

    /// Returns the file in which Claude Code keeps the servers of the user, among much else.
    pub fn claude_file(&self) -> PathBuf {
        self.claude.as_ref().unwrap_or(&self.home).join(".claude.json")
    }

    fn config_folder(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| self.home.join(".config"))
    }

    /// Returns a path as people write it, with `~` for the home directory.
    pub fn shorten(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if !rest.as_os_str().is_empty() => format!("~/{}", rest.display()),
            _ => path.display().to_string(),
        }
    }
}

/// Returns the agents that are on the machine, which is seen by their folders.
pub fn detect(places: &Places) -> Vec<Agent> {
    let is_there = |agent: &Agent| {
        let has_file = *agent == Agent::ClaudeCode && places.claude_file().is_file();
        has_file || places.folder(*agent).is_dir()
    };
    Agent::ALL.into_iter().filter(is_there).collect()
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Returns a program of the search path.
fn search(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let is_program = |path: &PathBuf| {
        path.is_absolute()
            && path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_detected_by_their_configuration_folders() {
        let folder = tempfile::tempdir().unwrap();
        let mut places = Places::at(folder.path());
        assert_eq!(detect(&places), []);
        let create = |path: &str| std::fs::create_dir_all(folder.path().join(path)).unwrap();
        for path in [".codex", ".config/zed", "Library/Application Support/Code", "elsewhere"] {
            create(path);
        }
        std::fs::write(places.claude_file(), "{}").unwrap();
        assert_eq!(detect(&places), [Agent::ClaudeCode, Agent::Codex, Agent::Zed]);
        places.is_macos = true;
        places.cursor = Some(folder.path().join("elsewhere"));
        let found = [Agent::ClaudeCode, Agent::Codex, Agent::Cursor, Agent::Vscode, Agent::Zed];
        assert_eq!(detect(&places), found);
        places = Places::at(folder.path().join("other"));
        create("other/.junie");
        create("other/.gemini");
        assert_eq!(detect(&places), [Agent::Gemini, Agent::Junie]);
        create("other/.gemini/config");
        assert_eq!(detect(&places), [Agent::Gemini, Agent::Antigravity, Agent::Junie]);
    }

    #[test]
    fn a_path_in_the_home_is_shortened_with_a_tilde() {
        let places = Places::at("/home/ada");
        assert_eq!(places.shorten(Path::new("/home/ada/.codex/a")), "~/.codex/a");
        assert_eq!(places.shorten(Path::new("/home/adam/a")), "/home/adam/a");
    }
}
