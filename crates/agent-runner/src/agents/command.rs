//! The command of an agent, and what its placeholders stand for.

use std::path::Path;

use serde::Deserialize;

const TASK: &str = "{task}";
const TASK_FILE: &str = "{task_file}";

/// The way in which an agent takes its task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskBy {
    /// On its standard input.
    #[default]
    Stdin,
    /// As an argument, in place of `{task}` or after all others.
    Argument,
    /// In a file, whose path is in place of `{task_file}`.
    File,
}

/// The values of a command's placeholders in one job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) task: &'a str,
    pub(crate) task_file: &'a Path,
    pub(crate) worktree: &'a Path,
    pub(crate) mcp_config: &'a Path,
    /// The program of the MCP server.
    pub(crate) mcp_command: &'a Path,
    /// The arguments of the MCP server as a JSON array, which is also one in TOML.
    pub(crate) mcp_arguments: &'a str,
    /// The names of the variables of the MCP server as a JSON array.
    pub(crate) mcp_variables: &'a str,
}

/// A command with placeholders.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    program: String,
    arguments: Vec<String>,
    pub(crate) task_by: TaskBy,
}

impl Command {
    /// Checks a command.
    pub(super) fn new(parts: Vec<String>, task_by: TaskBy) -> Result<Self, String> {
        let mut parts = parts.into_iter();
        let program = parts.next().filter(|program| !program.is_empty());
        let program = program.ok_or("command is empty")?;
        let mut arguments: Vec<_> = parts.collect();
        let has = |text: &str| arguments.iter().any(|argument| argument.contains(text));
        let is_whole =
            arguments.iter().all(|argument| argument == TASK || !argument.contains(TASK));
        if program.contains(TASK) || !is_whole {
            // Within a longer text, a shell would run what a task says.
            return Err(format!("{TASK} must be a separate argument"));
        }
        if has(TASK) && task_by != TaskBy::Argument {
            return Err(format!("{TASK} needs task = \"argument\""));
        }
        if has(TASK_FILE) != (task_by == TaskBy::File) {
            return Err(format!("task = \"file\" and {TASK_FILE} must be used together"));
        }
        if task_by == TaskBy::Argument && !has(TASK) {
            arguments.push(TASK.to_owned());
        }
        Ok(Self { program, arguments, task_by })
    }

    /// Returns the program.
    pub(super) fn program(&self) -> &str {
        &self.program
    }

    /// Returns the arguments, with their placeholders.
    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Returns what is wrong with a task for this command.
    pub(crate) fn objection(&self, task: &str) -> Option<&'static str> {
        match self.task_by {
            TaskBy::Argument if task.starts_with('-') => {
                Some("begins with a hyphen, so this agent would take it for an option")
            }
            TaskBy::Argument if task.contains('\0') => Some("has a null character"),
            _ => None,
        }
    }

    /// Returns program and arguments for a job.
    pub(crate) fn fill_placeholders(&self, places: &Places<'_>) -> (String, Vec<String>) {
        let arguments = self.arguments.iter().map(|argument| fill(argument, places));
        (self.program.clone(), arguments.collect())
    }
}

/// Fills in an argument. Nothing that is filled in is looked at for placeholders again.
fn fill(argument: &str, places: &Places<'_>) -> String {
    if argument == TASK {
        return places.task.to_owned();
    }
    let (mut filled, mut rest) = (String::new(), argument);
    while let Some(begin) = rest.find('{') {
        let (before, placeholder) = rest.split_at(begin);
        filled.push_str(before);
        let end = placeholder.find('}').map_or(placeholder.len(), |end| end + 1);
        let (name, after) = placeholder.split_at(end);
        let (text, further) = match value(name, places) {
            Some(value) => (value, after),
            None => ("{".to_owned(), &placeholder[1..]),
        };
        filled.push_str(&text);
        rest = further;
    }
    filled + rest
}

fn value(placeholder: &str, places: &Places<'_>) -> Option<String> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    Some(match placeholder {
        TASK_FILE => path(places.task_file),
        "{worktree}" => path(places.worktree),
        "{mcp_config}" => path(places.mcp_config),
        "{mcp_command}" => path(places.mcp_command),
        "{mcp_arguments}" => places.mcp_arguments.to_owned(),
        "{mcp_variables}" => places.mcp_variables.to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill_parts(parts: &[&str], task_by: TaskBy) -> Vec<String> {
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        let places = Places {
            task: "do {worktree}",
            task_file: Path::new("/j/task"),
            worktree: Path::new("/j/work"),
            mcp_config: Path::new("/j/mcp.json"),
            mcp_command: Path::new("covibe-agent-mcp"),
            mcp_arguments: "[\"job\"]",
            mcp_variables: "[]",
        };
        let (program, arguments) = Command::new(parts, task_by).unwrap().fill_placeholders(&places);
        [program].into_iter().chain(arguments).collect()
    }

    #[test]
    fn placeholders_are_replaced_once_and_not_recursively() {
        assert_eq!(
            fill_parts(&["claude", "{task}", "--cd={worktree}", "{x}", "{"], TaskBy::Argument),
            ["claude", "do {worktree}", "--cd=/j/work", "{x}", "{"]
        );
        assert_eq!(fill_parts(&["a", "--", "b"], TaskBy::Argument)[3], "do {worktree}");
        assert_eq!(fill_parts(&["a", "<{task_file}>"], TaskBy::File), ["a", "</j/task>"]);
        assert_eq!(
            fill_parts(&["codex", "x={args={mcp_arguments}}", "{mcp_config}"], TaskBy::Stdin),
            ["codex", "x={args=[\"job\"]}", "/j/mcp.json"]
        );
        assert_eq!(
            fill_parts(&["codex", "projects={\"{worktree}\"={a=\"b\"}}"], TaskBy::Stdin)[1],
            "projects={\"/j/work\"={a=\"b\"}}"
        );
    }

    #[test]
    fn a_task_that_looks_like_an_option_is_refused_as_an_argument() {
        let argument = Command::new(vec!["a".to_owned()], TaskBy::Argument).unwrap();
        assert!(argument.objection("--yes").is_some() && argument.objection("a\0").is_some());
        assert!(argument.objection("do it - now").is_none());
        let stdin = Command::new(vec!["a".to_owned()], TaskBy::Stdin).unwrap();
        assert!(stdin.objection("--yes").is_none());
    }
}
