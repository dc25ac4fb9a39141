//! The options of `covibe-local setup`.

use std::io::{self, Read};
use std::path::PathBuf;

use covibe_domain::Secret;

use crate::agent_kinds::Agent;
use crate::agents::server_entry::Transport;
use crate::command_error::Problem;

/// The maximum length of a key that is read, in bytes.
const MAX_TOKEN: u64 = 4 * 1024;

/// The options of the command.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct SetupOptions {
    /// The origin of the server as it was typed; none if only `--undo` was given.
    pub base_url: Option<String>,
    /// The agents; empty to connect those that are on the machine.
    pub agents: Vec<Agent>,
    /// The repository whose files are written, too.
    pub project: Option<PathBuf>,
    /// True if the service is not installed.
    pub has_no_service: bool,
    /// A key that a person minted: the text, or `-` to read it from the standard input.
    pub token: Option<Secret>,
    /// True if no browser may be opened.
    pub has_no_browser: bool,
    /// True if the device flow is used also in a pipeline.
    pub is_device_asked: bool,
    /// True if the changes are shown and not made.
    pub is_dry_run: bool,
    /// True if everything is taken back.
    pub is_undo: bool,
    /// The transport of Claude Code.
    pub transport: Transport,
    /// True if no skill is written.
    pub has_no_skills: bool,
}

impl SetupOptions {
    /// Returns the key of `--token`, which `-` reads from the input.
    ///
    /// # Errors
    ///
    /// A problem with exit code 64 for a key that none can be: empty, with blanks, or a variable that was not replaced.
    pub fn read_token(&self, input: impl Read) -> Result<Option<Secret>, Problem> {
        let Some(given) = &self.token else { return Ok(None) };
        let token = if given.expose() == "-" {
            read_line(input).map_err(|_| refuse("The standard input cannot be read."))?
        } else {
            given.clone()
        };
        check_token(&token)?;
        Ok(Some(token))
    }
}

/// Refuses a text that is not a key.
pub(super) fn check_token(token: &Secret) -> Result<(), Problem> {
    let text = token.expose();
    if text.is_empty() {
        Err(refuse("The token is empty."))
    } else if text.starts_with('$') {
        Err(refuse("The token is the name of a variable that was not replaced."))
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(refuse("The token contains characters that are not allowed in a token."))
    } else {
        Ok(())
    }
}

fn refuse(message: &str) -> Problem {
    Problem::usage(message).hint("Copy the key from the console: it begins with vibn_sk_")
}

fn read_line(input: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    input.take(MAX_TOKEN).read_to_string(&mut text)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(token: &str, input: &str) -> Result<Option<Secret>, Problem> {
        let options = SetupOptions { token: Some(Secret::new(token)), ..SetupOptions::default() };
        options.read_token(input.as_bytes())
    }

    #[test]
    fn a_token_is_read_from_the_flag_or_from_stdin() {
        assert_eq!(read("vibn_sk_a", "").unwrap(), Some(Secret::new("vibn_sk_a")));
        assert_eq!(read("-", "vibn_sk_b\nrest").unwrap(), Some(Secret::new("vibn_sk_b")));
        assert_eq!(SetupOptions::default().read_token(io::empty()).unwrap(), None);
    }

    #[test]
    fn texts_that_are_not_tokens_are_refused_without_quoting_them() {
        for (token, input) in
            [("", ""), ("-", ""), ("${COVIBE_MCP_TOKEN}", ""), ("a b", ""), ("ä", "")]
        {
            let problem = read(token, input).unwrap_err();
            assert_eq!(problem.exit.code(), 64, "{token}");
            assert!(token.len() < 3 || !problem.to_string().contains(token));
        }
    }
}
