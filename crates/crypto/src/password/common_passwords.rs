//! The passwords that are guessed first.

/// The most common passwords of at least eight characters in published lists, in lower case, without the digits and
/// signs at their end.
const WORDS: [&str; 62] = [
    "password",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "pa$$word",
    "passwort",
    "motdepasse",
    "contrasena",
    "letmein",
    "welcome",
    "willkommen",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "starwars",
    "trustno",
    "dragon",
    "monkey",
    "shadow",
    "master",
    "michael",
    "jennifer",
    "jordan",
    "computer",
    "internet",
    "whatever",
    "freedom",
    "charlie",
    "secret",
    "test",
    "testtest",
    "default",
    "changeme",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "login",
    "access",
    "azerty",
    "azertyuiop",
    "qwerty",
    "qwertyui",
    "qwertyuiop",
    "qwertz",
    "qwertzuiop",
    "asdfghjk",
    "asdfghjkl",
    "zxcvbnm",
    "q1w2e3r4t",
    "abcdefgh",
    "abcd",
    "covibe",
    "co-vibe",
    "vibn",
    "coolify",
];

/// The runs of keys and digits that are typed in one go.
const RUNS: [&str; 5] = [
    "01234567890123456789",
    "09876543210987654321",
    "1q2w3e4r5t6y7u8i9o0p",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Returns whether a password is one of those that are guessed first: a common word with or without digits and signs
/// around it, a run of keys, or few different characters.
pub(super) fn is_common(text: &str) -> bool {
    let lower = text.to_lowercase();
    let word = lower.trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    WORDS.contains(&word)
        || WORDS
            .contains(&lower.trim_end_matches(|c: char| c.is_ascii_digit() || "!.?*#".contains(c)))
        || RUNS.iter().any(|run| run.contains(&lower))
        || different(&lower) < 3
}

/// Returns the number of different characters, up to three.
fn different(text: &str) -> usize {
    let mut seen: Vec<char> = Vec::new();
    for c in text.chars() {
        if seen.len() < 3 && !seen.contains(&c) {
            seen.push(c);
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_variants_of_common_words_as_common() {
        for common in [
            "Password!",
            "123password123",
            "p@ssw0rd2026",
            "1234567890",
            "98765432",
            "abababab",
            "qwerty123",
        ] {
            assert!(is_common(common), "{common}");
        }
        for own in
            ["passwords are fun", "tremor-basil", "135792468", "password manager", "xkcd936a"]
        {
            assert!(!is_common(own), "{own}");
        }
    }
}
