//! The parts of a repository's configuration that are read without git.

use std::path::Path;

use super::remote::normalize_remote;
use crate::home::read_bounded;

/// The maximum size of a configuration that is read, in bytes.
const MAX_CONFIG: u64 = 1024 * 1024;

/// The content of `<common directory>/config`. Included files are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryConfig {
    /// The names and addresses of the remotes, as they are written.
    pub remotes: Vec<(String, String)>,
    /// True if `covibe.exclude` is on.
    pub is_excluded: bool,
}

impl RepositoryConfig {
    /// Reads the file; `None` if it exists and cannot be read.
    pub fn read(common_dir: &Path) -> Option<Self> {
        let path = common_dir.join("config");
        if path.exists() && !path.is_file() {
            return None;
        }
        let text = read_bounded(&path, MAX_CONFIG).ok()?.unwrap_or_default();
        Some(Self::parse(&String::from_utf8_lossy(&text)))
    }

    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let (mut config, mut section) = (Self::default(), (String::new(), String::new()));
        for line in text.lines() {
            let mut line = line.trim_start();
            if let Some(header) = line.strip_prefix('[') {
                let Some((name, rest)) = parse_header(header) else { continue };
                (section, line) = (name, rest.trim_start());
            }
            let (key, value) = parse_entry(line);
            match (section.0.as_str(), key.to_ascii_lowercase().as_str()) {
                ("remote", "url") => config.remotes.push((section.1.clone(), value)),
                ("covibe", "exclude") => config.is_excluded = is_on(&value),
                _ => {}
            }
        }
        config
    }

    /// Returns the remotes in their normalized form.
    pub fn normalized(&self) -> impl Iterator<Item = String> + '_ {
        self.remotes.iter().filter_map(|(_, address)| normalize_remote(address))
    }

    /// Returns the name of the remote that the repository is known by: `origin`, or the first one.
    pub fn main_remote(&self) -> &str {
        let is_origin = self.remotes.iter().any(|(name, _)| name == "origin");
        let first = self.remotes.first().map(|(name, _)| name.as_str());
        if is_origin { "origin" } else { first.unwrap_or("origin") }
    }
}

/// Returns section, subsection, and the rest of the line.
fn parse_header(text: &str) -> Option<((String, String), &str)> {
    let Some(quote) = text.find('"').filter(|at| text[..*at].find(']').is_none()) else {
        let (name, rest) = text.split_once(']')?;
        let (name, sub) = name.split_once('.').unwrap_or((name, ""));
        return Some(((name.trim().to_ascii_lowercase(), sub.to_owned()), rest));
    };
    let (mut sub, mut is_escaped) = (String::new(), false);
    for (at, c) in text[quote + 1..].char_indices() {
        match c {
            '\\' if !is_escaped => is_escaped = true,
            '"' if !is_escaped => {
                let rest = text[quote + 1 + at + 1..].trim_start().strip_prefix(']')?;
                return Some(((text[..quote].trim().to_ascii_lowercase(), sub), rest));
            }
            _ => {
                sub.push(c);
                is_escaped = false;
            }
        }
    }
    None
}

/// Returns key and value; a key without `=` is on.
fn parse_entry(line: &str) -> (&str, String) {
    let Some((key, value)) = line.split_once('=') else {
        return (line.split([' ', '\t', '#', ';']).next().unwrap_or_default(), "true".to_owned());
    };
    let (mut text, mut is_quoted, mut chars) = (String::new(), false, value.trim().chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' => text.extend(chars.next()),
            '#' | ';' if !is_quoted => break,
            _ => text.push(c),
        }
    }
    (key.trim(), text.trim_end().to_owned())
}

fn is_on(value: &str) -> bool {
    // A value that git would not understand excludes, too: somebody meant to exclude.
    !matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0" | "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_and_covibe_exclude_are_parsed_like_git_does() {
        let config = RepositoryConfig::parse(
            "[core]\n\tbare = false\n[remote \"up\\\"]x\"] url = \"https://a.example/b#c\" ; note\n\
             [Remote \"origin\"]\n url=git@h:o/r.git # here\n[covibe]\n\texclude\n",
        );
        let remotes = [("up\"]x", "https://a.example/b#c"), ("origin", "git@h:o/r.git")];
        assert_eq!(config.remotes, remotes.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert!(config.is_excluded);
        assert_eq!(config.main_remote(), "origin");
        for off in ["false", "No", "0", "off", ""] {
            let text = format!("[covibe]\nexclude = {off}");
            assert!(!RepositoryConfig::parse(&text).is_excluded, "{off}");
        }
        assert!(RepositoryConfig::parse("[covibe] exclude = maybe").is_excluded);
    }
}
