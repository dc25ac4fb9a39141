//! Leaving out of a diff what may be a secret: the files of agents contain keys of other servers.

use covibe_domain::secret::has_credential_form;

/// The parts of a member's name that say that its value is secret.
const WORDS: [&str; 8] =
    ["token", "secret", "password", "apikey", "auth", "credential", "cookie", "bearer"];

/// The maximum length of a line that is shown, in characters.
const MAX_LINE: usize = 300;

/// The text in place of a value.
const HIDDEN: &str = "…";

/// Returns a line of JSON, TOML or Markdown without the quoted values that may be secret.
pub(super) fn mask(line: &str) -> String {
    let mut masked = String::new();
    let mut name = String::new();
    let mut rest = line;
    while let Some((before, quoted, quote, after)) = split_quoted(rest) {
        if !before.trim_matches([' ', '\t', ',', ':', '[', ']', '{', '}', '=']).is_empty() {
            before.clone_into(&mut name);
        }
        let is_name = after.trim_start().starts_with(':');
        let is_hidden = !is_name && (is_secret_name(&name) || has_credential_form(quoted));
        masked.push_str(before);
        masked.push(quote);
        masked.push_str(if is_hidden { HIDDEN } else { quoted });
        masked.push(quote);
        if is_name || quoted.starts_with("--") {
            quoted.clone_into(&mut name);
        }
        rest = after;
    }
    masked.push_str(rest);
    match masked.char_indices().nth(MAX_LINE) {
        Some((at, _)) => format!("{}…", &masked[..at]),
        None => masked,
    }
}

/// Splits a text at its first quoted part.
fn split_quoted(text: &str) -> Option<(&str, &str, char, &str)> {
    let start = text.find(['"', '\''])?;
    let quote = text[start..].chars().next()?;
    let inner = &text[start + 1..];
    let mut is_escaped = false;
    let end = inner.find(|c| {
        let is_end = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })?;
    Some((&text[..start], &inner[..end], quote, &inner[end + 1..]))
}

fn is_secret_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    plain.ends_with("key") || WORDS.iter().any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_members_and_keys_are_masked() {
        for (line, masked) in [
            (r#"  "API_KEY": "hunter2","#, r#"  "API_KEY": "…","#),
            (r#"{"Authorization": "Bearer abc", "a": "b"}"#, r#"{"Authorization": "…", "a": "b"}"#),
            (r#"token = "hunter2" # mine"#, r#"token = "…" # mine"#),
            (r"password = 'hunter2'", r"password = '…'"),
            (r#"  "args": ["--agent", "codex"]"#, r#"  "args": ["--agent", "codex"]"#),
            (r#"command = "\"/a b/c\" hook codex""#, r#"command = "\"/a b/c\" hook codex""#),
            (r#"["--api-token", "hunter2"]"#, r#"["--api-token", "…"]"#),
            ("don't", "don't"),
        ] {
            assert_eq!(mask(line), masked, "{line}");
        }
        let key = format!("vibn_sk_{}", "a1".repeat(22));
        assert!(!mask(&format!(r#"["--header", "{key}"]"#)).contains("a1a1"));
        assert!(mask(&"x".repeat(400)).ends_with("x…"));
    }
}
