//! Variables that look like secrets.

use covibe_domain::secret::{has_credential_form, is_secret_name};

/// Further parts of the names of variables that hold secrets, in lower case.
const NAMES: [&str; 6] = ["pass", "auth", "salt", "dsn", "private", "cookie"];

/// Parts of the names of keys that everybody may see.
const OPEN: [&str; 2] = ["public", "publishable"];

/// The beginnings of the tokens of well-known services.
const PREFIXES: [&str; 26] = [
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "sk-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxa-",
    "xoxp-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "npm_",
    "hf_",
    "dop_v1_",
    "SG.",
    "AKIA",
    "ASIA",
    "AIza",
];

/// The characters of a token that follow its prefix, at least.
const LEAST: usize = 12;

/// Returns whether a variable is a secret by its name or by the form of its value. A secret of an unknown form
/// with a harmless name is not recognized.
pub fn looks_secret(name: &str, value: &str) -> bool {
    names_secret(name)
        || has_credential_form(value)
        || has_userinfo(value)
        || value.split(|c: char| c.is_whitespace() || ";&,\"'".contains(c)).any(is_secret_part)
}

fn names_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    (is_secret_name(name) || has(&NAMES)) && !has(&OPEN)
}

/// Returns whether an address in a text names a user: some services take a token there, without a password.
fn has_userinfo(text: &str) -> bool {
    let mut rests = text.split("://").skip(1);
    rests.any(|rest| rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@')))
}

/// Returns whether a part of a text is a token, or an assignment to a secret's name, as in `Password=…`.
fn is_secret_part(part: &str) -> bool {
    let part = part.rsplit('?').next().unwrap_or(part);
    match part.split_once('=') {
        Some((name, value)) if names_secret(name) && !value.is_empty() => true,
        Some((_, value)) => is_token(value),
        None => is_token(part),
    }
}

fn is_token(text: &str) -> bool {
    let known = PREFIXES.iter().filter_map(|prefix| text.strip_prefix(prefix));
    known.into_iter().any(|rest| rest.len() >= LEAST) || is_signed(text)
}

/// Returns whether a text is a JSON Web Token.
fn is_signed(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognized_by_name() {
        for name in [
            "PASSWORD",
            "PGPASSWORD",
            "SMTP_PASS",
            "API_KEY",
            "JWT_SECRET",
            "SECRET_KEY_BASE",
            "ENCRYPTION_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "SENTRY_DSN",
        ] {
            assert!(looks_secret(name, "x"), "{name}");
        }
        for name in ["LOG_LEVEL", "PORT", "NEXT_PUBLIC_SUPABASE_ANON_KEY", "BASE_URL", "NODE_ENV"] {
            assert!(!looks_secret(name, "x"), "{name}");
        }
    }

    #[test]
    fn secrets_are_recognized_by_the_form_of_their_value() {
        let digits = "0123456789abcdefghij";
        for value in [
            format!("sk_live_{digits}"),
            format!("ghp_{digits}"),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            format!("xoxb-{digits}"),
            "Server=db;User Id=sa;Password=hunter2".to_owned(),
            "https://db.example?user=a&password=hunter2".to_owned(),
            "postgres://app:hunter2@db:5432/shop".to_owned(),
            "https://abc123@sentry.example/1".to_owned(),
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----".to_owned(),
            format!("curl -H x,token={digits}"),
        ] {
            assert!(looks_secret("V", &value), "{value}");
        }
        for value in ["info", "https://shop.example/a@b", "sk-ip", "a=b", "en-CA,fr-CA", "1.2.3"] {
            assert!(!looks_secret("V", value), "{value}");
        }
    }
}
