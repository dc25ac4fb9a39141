//! Settings of the servers, read from variables that a caller hands in.

use std::fmt;

use covibe_domain::Secret;
use url::Url;

/// Variables by name, and the problems that were found while they were read.
pub struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// Shows no value, because some are tokens.
impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").field("problems", &self.problems).finish_non_exhaustive()
    }
}

impl<'a> Variables<'a> {
    /// Reads variables through a function, such as one that asks the environment of the process.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new(), warnings: Vec::new() }
    }

    /// Returns the value of a variable; none if it is not set or empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// Returns the value of a variable that must be set. An empty text stands for a missing one, and the problem is noted.
    pub fn required(&mut self, name: &str, purpose: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(format!("{name} is not set. It is {purpose}."));
            String::new()
        })
    }

    /// Returns a token that must be set; it has no spaces or control characters.
    pub fn required_token(&mut self, name: &str, purpose: &str) -> Secret {
        let value = self.required(name, purpose);
        if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.problem(format!(
                "{name} contains a space or a control character. It is {purpose}."
            ));
        }
        Secret::new(value)
    }

    /// Returns an `http` or `https` address that must be set, without user, query or fragment.
    pub fn required_url(&mut self, name: &str, purpose: &str) -> Option<Url> {
        let value = self.required(name, purpose);
        if value.is_empty() { None } else { self.parse_url(name, &value) }
    }

    /// Returns an `http` or `https` address, or the default if the variable is not set.
    pub fn url_or(&mut self, name: &str, default: &str) -> Option<Url> {
        let value = self.optional(name).unwrap_or_else(|| default.to_owned());
        self.parse_url(name, &value)
    }

    fn parse_url(&mut self, name: &str, value: &str) -> Option<Url> {
        let url = Url::parse(value.trim()).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            // The value may have a password in it.
            self.problem(format!(
                "{name} must be an address such as https://host.example, without user, query or fragment."
            ));
        }
        url
    }

    /// Notes a problem: one line that names the variable and says what it should be, without its value.
    pub fn problem(&mut self, line: impl Into<String>) {
        self.problems.push(line.into());
    }

    /// Notes a warning, which does not keep a server from starting.
    pub fn warning(&mut self, line: impl Into<String>) {
        self.warnings.push(line.into());
    }

    /// Returns the warnings, or the problems if there are any.
    ///
    /// # Errors
    ///
    /// The problems, a line each: the settings are not usable.
    pub fn finish(self) -> Result<Vec<String>, Vec<String>> {
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(self.problems) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "TOKEN" => "abc",
            "SPACED" => "a b",
            "EMPTY" => "  ",
            "URL" => "https://gitea.example/",
            "WITH_USER" => "https://ada:secret@gitea.example",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn valid_variables_are_read_and_only_warnings_remain() {
        let mut variables = Variables::new(&lookup);
        assert_eq!(variables.required_token("TOKEN", "a token").expose(), "abc");
        assert_eq!(
            variables.required_url("URL", "an address").unwrap().as_str(),
            "https://gitea.example/"
        );
        assert_eq!(variables.url_or("OTHER", "http://localhost:3333").unwrap().port(), Some(3333));
        assert_eq!(variables.optional("EMPTY"), None);
        variables.warning("nothing is protected");
        assert_eq!(variables.finish(), Ok(vec!["nothing is protected".to_owned()]));
    }

    #[test]
    fn problems_name_the_variable_and_never_its_value() {
        let mut variables = Variables::new(&lookup);
        variables.required("EMPTY", "the user");
        variables.required_token("SPACED", "a token");
        variables.required_url("WITH_USER", "an address");
        let problems = variables.finish().unwrap_err();
        assert_eq!(problems.len(), 3);
        for (problem, name) in problems.iter().zip(["EMPTY", "SPACED", "WITH_USER"]) {
            assert!(problem.starts_with(name), "{problem}");
            assert!(!problem.contains("secret") && !problem.contains("a b"), "{problem}");
        }
    }
}
