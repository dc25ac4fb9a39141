//! Commands that end at once, so that the container with them does.

use super::shell::{self, ScriptResult};

/// The end of a command that ends at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) code: i64,
    /// The lines that it printed.
    pub(crate) output: Vec<String>,
}

/// Shells, by the names with which they are started.
const SHELLS: [&str; 3] = ["sh", "bash", "ash"];

impl Ending {
    /// Returns the end of a command that a shell reads; `None` if it continues, or if that is unknown.
    ///
    /// It consists of `echo`, `true`, `false` and `exit` alone, such as `echo no database && exit 3`.
    pub(crate) fn of_script(script: &str) -> Option<Self> {
        if script.trim().is_empty() {
            return None;
        }
        let ScriptResult { code, output, .. } = shell::run(script, statement)?;
        Some(Self { code, output })
    }

    /// Returns the end of a command of these words.
    pub(crate) fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let words: Vec<_> = words.into_iter().map(str::to_owned).collect();
        statement(&words).map(|ScriptResult { code, output, .. }| Self { code, output })
    }
}

/// Runs one statement.
fn statement(words: &[String]) -> Option<ScriptResult> {
    let (program, rest) = words.split_first()?;
    let program = program.rsplit('/').next()?;
    let code = match (program, rest) {
        ("true", _) => 0,
        ("false", _) => 1,
        ("exit", [code]) => {
            return Some(ScriptResult {
                code: code.parse().ok()?,
                ends: true,
                ..ScriptResult::default()
            });
        }
        ("echo", text) => {
            return Some(ScriptResult { output: vec![text.join(" ")], ..ScriptResult::default() });
        }
        (shell, [option, script]) if SHELLS.contains(&shell) && is_script(option) => {
            let done = shell::run(script, statement)?;
            return Some(ScriptResult { ends: false, ..done });
        }
        _ => return None,
    };
    Some(ScriptResult { code, ..ScriptResult::default() })
}

/// Returns whether an option of a shell says that the next word is a script: `-c`, `-ec`, `-lc`.
fn is_script(option: &str) -> bool {
    option.starts_with('-') && option.ends_with('c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_end_at_once_are_recognized_with_code_and_output() {
        for (script, code, output) in [
            ("exit 1", 1, ""),
            ("true", 0, ""),
            ("/bin/false", 1, ""),
            ("sh -c 'exit 3'", 3, ""),
            ("echo no database >&2; exit 2", 2, "no database"),
            ("/bin/sh -c \"echo a && false && echo b\"", 1, "a"),
            ("true && exit 4; echo never", 4, ""),
        ] {
            let ending = Ending::of_script(script).expect(script);
            assert_eq!(
                (ending.code, ending.output.join("\n").as_str()),
                (code, output),
                "{script}"
            );
        }
        assert_eq!(Ending::of_words(["sh", "-c", "exit 3"]).expect("it ends").code, 3);
    }

    #[test]
    fn commands_that_may_keep_running_are_not_recognized_as_ending() {
        for script in [
            "",
            "npm start",
            "node server.js; exit 1",
            "exit $CODE",
            "false || node .",
            "sleep 9 & exit 1",
            "sh -c 'node .'",
            "sh run.sh",
            "echo hi | cat",
            "while true; do sleep 1; done",
            "exit",
        ] {
            assert_eq!(Ending::of_script(script), None, "{script}");
        }
    }
}
