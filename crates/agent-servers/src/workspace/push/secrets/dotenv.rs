//! `.env` files.

/// The name of the rule.
pub(super) const RULE: &str = "an .env file with values";

/// The endings of files that show which variables there are.
const EXAMPLES: [&str; 6] = ["example", "sample", "template", "dist", "defaults", "schema"];

/// Returns whether a name is that of an `.env` file, and not of an example of one.
pub(super) fn is_dotenv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_env = name == ".env"
        || name == ".envrc"
        || name.starts_with(".env.")
        || name.rsplit_once('.').is_some_and(|(_, last)| last == "env");
    is_env && !name.split('.').any(|part| EXAMPLES.contains(&part))
}

/// Returns whether a variable has a value.
pub(super) fn has_values(content: &[u8]) -> bool {
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
    fn dotenv_files_with_values_are_known() {
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
