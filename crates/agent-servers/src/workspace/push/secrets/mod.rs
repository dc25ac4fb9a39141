//! What looks like a secret in a file: by its name, by the forms of keys and tokens, and by values of our own.

mod dotenv;
mod rules;

use covibe_domain::Secret;

/// The length from which a value of our own is looked for, in bytes.
const MIN_OWN: usize = 8;

/// Returns the rule by which a file looks like it has a secret.
pub(super) fn find(path: &str, content: &[u8], own: &[Secret]) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let has_own = own.iter().any(|secret| {
        secret.expose().len() >= MIN_OWN && contains(content, secret.expose().as_bytes())
    });
    if has_own {
        return Some("a token of this server");
    }
    rules::by_name(name, content)
        .or_else(|| {
            (dotenv::is_dotenv(name) && dotenv::has_values(content)).then_some(dotenv::RULE)
        })
        .or_else(|| rules::by_content(content))
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}
