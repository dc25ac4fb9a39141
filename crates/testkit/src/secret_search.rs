//! Searching bytes for secrets in every encoding that they may have.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// The minimum length of a secret in bytes; shorter ones would be found by chance.
const MIN_LENGTH: usize = 12;

/// The secrets to search for.
#[derive(Default)]
pub struct Secrets(BTreeMap<Vec<u8>, String>);

impl Secrets {
    /// Adds a secret; `what` describes it.
    pub fn add(&mut self, what: &str, secret: &str) {
        let escaped = serde_json::to_string(secret).expect("JSON");
        let escaped = escaped.trim_matches('"');
        if escaped != secret {
            self.0.insert(escaped.as_bytes().to_vec(), format!("{what}, escaped"));
        }
        self.add_bytes(what, secret.as_bytes());
    }

    /// Adds a secret that is not a text.
    pub fn add_bytes(&mut self, what: &str, secret: &[u8]) {
        assert!(secret.len() >= MIN_LENGTH, "{what} is too short to be searched for");
        for (form, bytes) in forms(secret) {
            self.0.entry(bytes).or_insert_with(|| format!("{what}, {form}"));
        }
    }

    /// Prepares a search for all of them.
    pub fn search(&self) -> Search<'_> {
        assert!(!self.0.is_empty());
        // The longest is reported rather than its prefix.
        let mut builder = AhoCorasick::builder();
        let finder = builder.match_kind(MatchKind::LeftmostLongest).build(self.0.keys());
        Search { names: self.0.values().collect(), finder: finder.expect("few patterns") }
    }
}

/// A search for all secrets.
pub struct Search<'a> {
    /// The description of each pattern of the finder.
    names: Vec<&'a String>,
    finder: AhoCorasick,
}

impl Search<'_> {
    /// Returns the descriptions of the secrets in these bytes.
    pub fn find_secrets(&self, bytes: &[u8]) -> Vec<&str> {
        self.finder.find_iter(bytes).map(|hit| self.names[hit.pattern()].as_str()).collect()
    }

    /// Panics if these bytes, found at `place`, contain a secret, except one whose description
    /// starts with `meant`.
    pub fn assert_clean_but(&self, meant: &str, place: &str, bytes: &[u8]) {
        for hit in self.finder.find_iter(bytes) {
            let what = self.names[hit.pattern()];
            let (start, end) = (hit.start().saturating_sub(150), hit.end() + 50);
            let around = String::from_utf8_lossy(&bytes[start..end.min(bytes.len())]);
            assert!(what.starts_with(meant), "{place} has {what}: … {around} …");
        }
    }

    /// Panics if these bytes, found at `place`, contain a secret.
    pub fn assert_clean(&self, place: &str, bytes: &[u8]) {
        self.assert_clean_but("nothing", place, bytes);
    }
}

fn forms(secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = |form: &str, text: String| (form.to_owned(), text.into_bytes());
    let numbers: Vec<_> = secret.iter().map(ToString::to_string).collect();
    let mut forms = vec![
        ("as it is".to_owned(), secret.to_vec()),
        text("percent-encoded", percent_encode(secret, NON_ALPHANUMERIC).to_string()),
        text("hexadecimal", hex::encode(secret)),
        text("hexadecimal", hex::encode_upper(secret)),
        text("bytes", numbers.join(", ")),
    ];
    for before in 0..3 {
        let padded = [&[0; 2][..before.min(2)], secret].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            // Only the digits that do not depend on the neighbouring bytes.
            let whole = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
            forms.push(text("base64", encoded[whole].to_owned()));
        }
    }
    forms
}

#[test]
fn a_secret_is_found_in_each_encoding() {
    let mut secrets = Secrets::default();
    let secret = "s3cret/with \"all\"?";
    secrets.add("it", secret);
    let search = secrets.search();
    let planted =
        |text: String| assert_eq!(search.find_secrets(text.as_bytes()).len(), 1, "{text}");
    planted(format!("x{secret}y"));
    planted(serde_json::json!({ "a": secret }).to_string());
    planted(format!("{:?}", secret.as_bytes()));
    planted(hex::encode(format!("user:{secret}@host")));
    for user in ["", "u", "us", "use"] {
        planted(STANDARD_NO_PAD.encode(format!("{user}{secret} and more")));
        planted(URL_SAFE_NO_PAD.encode(format!("{user}{secret}")));
    }
    planted(percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string());
    assert_eq!(search.find_secrets(b"s3cret/with \"al"), Vec::<&str>::new());
}
