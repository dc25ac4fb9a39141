//! The search of a file for secrets: by its name, by the forms of keys and tokens, and by values of our own.

mod rules;

use covibe_domain::Secret;

/// The length from which a value of our own is looked for, in bytes.
const MIN_OWN: usize = 8;

/// The rule for `.env` files.
const DOTENV: &str = "an .env file with values";

/// The endings of files that show which variables there are.
const EXAMPLES: [&str; 6] = ["example", "sample", "template", "dist", "defaults", "schema"];

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
        .or_else(|| (is_dotenv(name) && has_values(content)).then_some(DOTENV))
        .or_else(|| rules::by_content(content))
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

/// Returns whether a name is that of an `.env` file, and not of an example of one.
fn is_dotenv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_env = name == ".env"
        || name == ".envrc"
        || name.starts_with(".env.")
        || name.rsplit_once('.').is_some_and(|(_, last)| last == "env");
    is_env && !name.split('.').any(|part| EXAMPLES.contains(&part))
}

/// Returns whether a variable has a value.
fn has_values(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).lines().any(|line| {
        let line = line.trim();
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            return false;
        };
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        !name.trim().is_empty() && !value.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotenv_files_are_recognised_by_name_and_by_values() {
        for name in [".env", ".env.local", ".ENV", ".env.production", "prod.env", ".envrc"] {
            assert!(is_dotenv(name), "{name}");
        }
        for name in [".env.example", "env", ".environment", "env.ts", ".env.local.sample"] {
            assert!(!is_dotenv(name), "{name}");
        }
        assert!(has_values(b"# x\nexport A='b'\n"));
        for empty in ["", "# A=b\n", "A=\nB=\"\"\n", "A= # b\n", "no lines"] {
            assert!(!has_values(empty.as_bytes()), "{empty}");
        }
    }
}
