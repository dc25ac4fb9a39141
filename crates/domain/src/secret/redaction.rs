//! Removes texts with the form of a secret from commands before they are recorded.

use std::borrow::Cow;

use super::{has_credential_form, has_private_key};

/// The replacement for a secret.
const HIDDEN: &str = "[hidden]";

/// Parts of names of options and variables whose value is a secret.
const SECRET_NAMES: [&str; 6] = ["passw", "pwd", "secret", "token", "key", "credential"];

/// Words that precede a secret in a header.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Returns a command as it may be recorded: without credentials that have a known form, without passwords in URLs, and
/// without the values of options and variables whose names say that they are secret. A secret of another form remains.
pub fn without_secrets(command: &str) -> String {
    if has_private_key(command) {
        return HIDDEN.to_owned();
    }
    let mut is_next_hidden = false;
    let words = command.split_inclusive(char::is_whitespace).map(|part| {
        let word = part.trim_end();
        if word.is_empty() {
            return Cow::Borrowed(part);
        }
        let shown = if is_next_hidden { HIDDEN.into() } else { redact_word(word) };
        is_next_hidden = !is_next_hidden && announces_secret(word);
        shown + part.strip_prefix(word).unwrap_or_default()
    });
    words.collect()
}

/// Returns whether the next word is a secret, as after `--password` or `Bearer`.
fn announces_secret(word: &str) -> bool {
    let is_option = word.starts_with('-') && !word.contains('=') && is_secret_name(word);
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    is_option || SCHEMES.iter().any(|scheme| bare.eq_ignore_ascii_case(scheme))
}

/// Returns whether the name of an option or variable says that its value is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn redact_word(word: &str) -> Cow<'_, str> {
    if has_credential_form(word) {
        return HIDDEN.into();
    }
    if let Some((name, value)) = word.split_once('=')
        && is_secret_name(name)
        && !value.is_empty()
    {
        return format!("{name}={HIDDEN}").into();
    }
    without_password(word).map_or(Cow::Borrowed(word), Cow::Owned)
}

/// Returns the URL without its password; `None` if it has no password.
fn without_password(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?.0.split_once(':')?;
    let after = rest.get(authority.rfind('@')?..)?;
    Some(format!("{scheme}://{user}:{HIDDEN}{after}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hides_texts_that_look_like_secrets() {
        for (command, shown) in [
            ("npm run migrate", "npm run migrate"),
            (
                "psql postgres://app:s3cret@db:5432/x -c 'SELECT 1'",
                "psql postgres://app:[hidden]@db:5432/x -c 'SELECT 1'",
            ),
            ("psql postgres://app:p@ss@db/x", "psql postgres://app:[hidden]@db/x"),
            ("curl https://a.test/x@y:z", "curl https://a.test/x@y:z"),
            ("PGPASSWORD=x psql -c 'a = b'", "PGPASSWORD=[hidden] psql -c 'a = b'"),
            ("mysql --password x  -e 1", "mysql --password [hidden]  -e 1"),
            ("mysql --password=x\n-e 1", "mysql --password=[hidden]\n-e 1"),
            ("curl -H 'Authorization: Bearer abc' x", "curl -H 'Authorization: Bearer [hidden] x"),
            ("echo vibn_sk_abc;", "echo [hidden]"),
            ("echo -----BEGIN RSA PRIVATE KEY-----\nabc", "[hidden]"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(command), shown);
        }
    }

    proptest! {
        #[test]
        fn removes_keys_from_any_text(before in "\\PC*", after in "\\PC*") {
            let text = format!("{before} vibn_sk_0123456789 {after}");
            prop_assert!(!without_secrets(&text).contains("0123456789"), "{text}");
        }

        #[test]
        fn keeps_ordinary_words_unchanged(text in "[a-z ]{0,40}") {
            prop_assume!(!SECRET_NAMES.iter().chain(&SCHEMES).any(|name| text.contains(name)));
            prop_assert_eq!(without_secrets(&text), text);
        }
    }
}
