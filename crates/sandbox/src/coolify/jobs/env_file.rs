//! The file `.env` of a resource: how Coolify writes it, and how Docker Compose reads it (seen with
//! Coolify 4.3.11 and Docker Compose 2.40).

use covibe_domain::interpreted_variables::is_json;

use crate::coolify::json_values::{is_on, text};
use crate::coolify::model::Variable;

/// The environment in which Docker Compose runs.
pub(crate) type Shell = &'static [(&'static str, &'static str)];

/// That of the helper container, for an application.
pub(crate) const HELPER: Shell = &[("HOME", "/root"), ("PATH", "/usr/local/bin:/usr/bin:/bin")];

/// That of the shell on the host, for a service.
pub(crate) const HOST: Shell =
    &[("HOME", "/root"), ("PATH", "/usr/sbin:/usr/bin"), ("BACKUP_KEY", "of-the-host")];

/// Returns the file with the variables that containers get.
pub(crate) fn write(variables: &[Variable]) -> String {
    let is_written = |one: &&Variable| !one.is_preview && is_on(&one.fields, "is_runtime");
    let line = |one: &Variable| format!("{}={}\n", one.key, dotenv_value(one));
    variables.iter().filter(is_written).map(line).collect()
}

/// Returns a value as it is written: JSON as it is, literals and several lines between single quotes
/// without escaping, other values escaped without quotes.
fn dotenv_value(variable: &Variable) -> String {
    let value = text(&variable.fields, "value").unwrap_or_default();
    if is_json(value) {
        return value.to_owned();
    }
    if is_on(&variable.fields, "is_literal") || is_on(&variable.fields, "is_multiline") {
        return format!("'{value}'");
    }
    let escapes =
        [('\\', "\\\\"), ('\r', "\\r"), ('\t', "\\t"), ('\0', "\\0"), ('"', "\\\""), ('\'', "\\'")];
    escapes.into_iter().fold(value.to_owned(), |text, (c, escaped)| text.replace(c, escaped))
}

/// Reads a file as Docker Compose does in a shell; `None` where it refuses the file, so that nothing
/// starts.
pub(crate) fn read(file: &str, shell: Shell) -> Option<Vec<(String, String)>> {
    let file = file.replace("\r\n", "\n");
    let (mut rest, mut found) = (file.as_str(), Vec::new());
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(found);
        }
        let (key, after) = rest.split_once('=')?;
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (value, left) = if let Some(quote) = quote {
            read_quoted(after.get(1..)?, quote)?
        } else {
            let (line, left) = after.split_once('\n').unwrap_or((after, ""));
            let line = line.split_once(" #").map_or(line, |(line, _)| line);
            (expand(line.trim(), &found, shell)?, left)
        };
        found.push((key.to_owned(), value));
        rest = left;
    }
}

/// Reads up to the closing quote, before which there is no backslash.
fn read_quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        if c == quote && !is_escaped {
            return Some((value, text.get(at + c.len_utf8()..)?));
        }
        if c == '\\' && !is_escaped {
            is_escaped = true;
            continue;
        }
        if is_escaped && c != quote {
            value.push('\\');
        }
        is_escaped = false;
        value.push(c);
    }
    None
}

/// Replaces `$NAME` and `${NAME}`, by nothing for an unknown name, and `$$`; `None` for `${` without
/// a name.
fn expand(text: &str, known: &[(String, String)], shell: Shell) -> Option<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut parts = text.split('$');
    let mut expanded = parts.next()?.to_owned();
    while let Some(part) = parts.next() {
        let (inside, is_braced) = part.strip_prefix('{').map_or((part, false), |rest| (rest, true));
        let name: String = inside.chars().take_while(|c| is_of_name(*c)).collect();
        let is_name = name.starts_with(|c: char| !c.is_ascii_digit());
        if part.is_empty() {
            // `$$`, or the end.
            expanded.push('$');
            expanded.extend(parts.next());
        } else if is_name {
            expanded.push_str(&lookup(&name, known, shell));
            let after = inside.get(name.len()..)?;
            expanded.push_str(if is_braced { after.split_once('}')?.1 } else { after });
        } else if is_braced {
            return None;
        } else {
            expanded.push('$');
            expanded.push_str(part);
        }
    }
    Some(expanded)
}

/// Returns the value of a variable: the shell's, or else that of an earlier line.
fn lookup(name: &str, known: &[(String, String)], shell: Shell) -> String {
    let known = known.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let own = shell.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    own.or(known).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrived(value: &str, flag: &str) -> Option<String> {
        let mut variable = Variable::generated("A", None);
        let now = variable.updated;
        variable.overwrite(json!({ "value": value, flag: true }).as_object().unwrap(), now);
        read(&write(&[variable]), HELPER).map(|mut found| found.remove(0).1)
    }

    #[test]
    fn plain_values_arrive_altered_as_in_a_real_container() {
        for (value, expected) in [
            ("plain 100% a`b ä", "plain 100% a`b ä"),
            ("it's", "it\\'s"),
            ("say \"hi\"", "say \\\"hi\\\""),
            ("a #b", "a"),
            ("back\\slash", "back\\\\slash"),
            ("p$ss", "p"),
            ("a\tb", "a\\tb"),
            ("pa$$word$HOME", "pa$word/root"),
            ("a$1b", "a$1b"),
            ("a$", "a$"),
            ("{\"a\": \"it's\"}", "{\"a\": \"it's\"}"),
            ("", ""),
        ] {
            assert_eq!(arrived(value, "comment").as_deref(), Some(expected), "{value}");
        }
        assert_eq!(arrived("a${", "comment"), None, "nothing starts");
    }

    #[test]
    fn quoted_values_arrive_unchanged_except_with_apostrophes_or_final_backslashes() {
        for value in ["say \"hi\" #1", "p$ss$$ ${HOME}", "back\\slash\\\\", "a\tb\nc"] {
            for flag in ["is_literal", "is_multiline"] {
                assert_eq!(arrived(value, flag).as_deref(), Some(value), "{flag}");
            }
        }
        assert_eq!(arrived("it's", "is_literal"), None, "nothing starts");
        assert_eq!(arrived("x\\", "is_literal"), None, "nothing starts");
    }
}
