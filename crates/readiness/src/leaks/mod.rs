//! Secrets and traces of machines in what a server sends.
//!
//! A finding has no more of the secret than its first four characters.

mod leak_patterns;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexSet};

use self::leak_patterns::{Class, RULES, Rule};

/// The characters of a secret that a finding shows.
const PREFIX: usize = 4;

/// The longest text of an observation, in bytes.
const MOST_OBSERVED: usize = 512;

static FORMS: LazyLock<(RegexSet, Vec<Regex>)> = LazyLock::new(|| {
    let forms = || RULES.iter().map(|Rule(_, _, form)| format!("(?-u){form}"));
    let set = RegexSet::new(forms()).unwrap_or_else(|_| RegexSet::empty());
    (set, forms().filter_map(|form| Regex::new(&form).ok()).collect())
});

/// A secret or a trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// The id of the form.
    pub rule: &'static str,
    /// The first four characters.
    pub prefix: String,
}

/// Returns what a text contains.
pub fn scan(text: &[u8]) -> BTreeSet<Leak> {
    matching(text, |_| true, |_| true)
}

/// Returns the tokens that a program contains. Its own texts lie in it side by side, so that the beginning of a token
/// may be followed by words; a token has digits, too.
pub fn scan_program(bytes: &[u8]) -> BTreeSet<Leak> {
    let is_random = |secret: &[u8]| secret.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3;
    matching(bytes, |class| class == Class::Token, is_random)
}

fn matching(
    text: &[u8],
    is_asked: impl Fn(Class) -> bool,
    is_secret: impl Fn(&[u8]) -> bool,
) -> BTreeSet<Leak> {
    let (set, forms) = &*FORMS;
    let hits = set.matches(text);
    let asked = hits.iter().filter_map(|at| Some((RULES.get(at)?, forms.get(at)?)));
    let asked = asked.filter(|(Rule(_, class, _), _)| is_asked(*class));
    asked
        .filter_map(|(Rule(rule, ..), form)| {
            let secret =
                form.find_iter(text).map(|found| found.as_bytes()).find(|it| is_secret(it))?;
            let prefix = String::from_utf8_lossy(secret).chars().take(PREFIX).collect();
            Some(Leak { rule, prefix })
        })
        .collect()
}

/// Returns an observation for a report: at most 512 bytes, on one line, with no secret.
pub fn redact(text: &str) -> String {
    let (_, forms) = &*FORMS;
    let mut hidden = text.as_bytes().to_vec();
    for form in forms {
        if form.is_match(&hidden) {
            hidden = form.replace_all(&hidden, &b"[hidden]"[..]).into_owned();
        }
    }
    let hidden = String::from_utf8_lossy(&hidden);
    let line: String =
        hidden.chars().map(|each| if each.is_control() { ' ' } else { each }).collect();
    match line.char_indices().find(|(at, each)| at + each.len_utf8() > MOST_OBSERVED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text of this many characters, so that no secret's form is written in the sources.
    fn some(number: usize) -> String {
        "aB3dE6gH9kL2nP5rS8tU".chars().cycle().take(number).collect()
    }

    #[test]
    fn every_leak_pattern_compiles() {
        assert_eq!(FORMS.0.len(), RULES.len());
        assert_eq!(FORMS.1.len(), RULES.len());
    }

    #[test]
    fn every_kind_of_leak_is_detected_and_redacted() {
        let samples = [
            ("covibe-key", format!("vibn_sk_{}", some(43))),
            ("covibe-token", format!("cv_{}", some(24))),
            ("github-token", format!("ghp_{}", some(36))),
            ("github-fine-token", format!("github_pat_{}", some(30))),
            ("gitlab-token", format!("glpat-{}", some(20))),
            ("aws-key", format!("AKIA{}", some(16).to_uppercase())),
            ("google-key", format!("AIza{}", some(35))),
            ("google-access-token", format!("ya29.{}", some(30))),
            ("google-storage-key", format!("GOOG1E{}", some(24).to_uppercase())),
            ("api-secret", format!("sk_live_{}", some(24))),
            ("model-key", format!("sk-ant-{}", some(30))),
            ("slack-token", format!("xoxb-{}", some(20))),
            ("npm-token", format!("npm_{}", some(36))),
            ("jwt", format!("eyJ{0}.eyJ{0}.{0}", some(20))),
            ("coolify-token", format!("12|{}", some(48))),
            ("private-key", "-----BEGIN RSA PRIVATE KEY-----".to_owned()),
            ("service-account", r#"{"private_key": "x"}"#.to_owned()),
            ("gitea-token", format!(r#""token": "{}""#, "0a".repeat(20))),
            ("database-url", "postgres://ada:pw@db/x".to_owned()),
            ("url-credentials", "https://ada:pw@git.acme.dev/".to_owned()),
            ("private-address", "at 10.1.2.3 now".to_owned()),
            ("home-folder", "/home/ada/src".to_owned()),
            ("stack-trace", "thread 'main' panicked at src/main.rs:3".to_owned()),
        ];
        assert_eq!(samples.len(), RULES.len());
        for (rule, sample) in samples {
            let leaks = scan(format!("before {sample} after").as_bytes());
            assert!(leaks.iter().any(|leak| leak.rule == rule), "{rule}: {leaks:?}");
            assert!(leaks.iter().all(|leak| leak.prefix.chars().count() <= PREFIX));
            let shown = redact(&sample);
            assert!(shown.contains("[hidden]"), "{rule}: {shown}");
            assert!(scan(shown.as_bytes()).iter().all(|leak| leak.rule != rule), "{shown}");
        }
    }

    #[test]
    fn ordinary_texts_contain_no_leaks() {
        for text in [
            "Authorization: Bearer vibn_sk_... and `vibn_sk_…`",
            "https://covibe.acme.dev/api/mcp, postgres://USER@HOST/DB",
            "covibe_session and covibe_docker_gate_of_a_host, cv_short",
            "10.0.1 is a version; 8.8.8.8 is public",
            "commit 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
        ] {
            assert_eq!(scan(text.as_bytes()), BTreeSet::new(), "{text}");
        }
    }

    #[test]
    fn program_files_are_scanned_only_for_tokens() {
        assert!(scan_program(b"\0panicked at src/main.rs:3\0/home/ada/x").is_empty());
        assert!(scan_program(b"vibn_sk_AuthorizationBearerExpectedAnother").is_empty());
        let program = format!("\0\u{1}ghp_{}\0", some(36));
        assert_eq!(scan_program(program.as_bytes()).len(), 1);
    }

    #[test]
    fn a_redacted_text_is_one_bounded_line() {
        let shown = redact(&format!("a\n\u{1b}[31m{}", "ä".repeat(600)));
        assert!(shown.len() <= MOST_OBSERVED + 3 && !shown.contains(['\n', '\u{1b}']), "{shown}");
        assert!(shown.ends_with('…'));
    }
}
