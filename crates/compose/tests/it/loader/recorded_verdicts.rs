//! Recorded verdicts of Docker Compose, by the hashes of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loader/verdicts.txt");

/// Returns the name of a file in the record.
pub(super) fn key(text: &str) -> String {
    Sha256::digest(text).iter().take(8).fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// The keys of files, each with true if Docker Compose takes the file.
pub(super) struct Record(BTreeMap<String, bool>);

impl Record {
    /// Reads the record.
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(PATH).unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Self(lines.map(|(key, verdict)| (key.to_owned(), verdict == "taken")).collect())
    }

    /// Returns whether Docker Compose takes a file.
    ///
    /// # Errors
    /// The record lacks the file. The text says how to record it.
    pub(super) fn takes(&self, name: &str, text: &str) -> Result<bool, String> {
        self.0.get(&key(text)).copied().ok_or_else(|| {
            format!(
                "{name}: no verdict is recorded. Run this test with COVIBE_RECORD=1 where Go is."
            )
        })
    }

    /// Compares the record with the verdicts of Docker Compose, or writes it with
    /// `COVIBE_RECORD=1`.
    pub(super) fn compare(&self, verdicts: &BTreeMap<String, bool>) {
        if env::var_os("COVIBE_RECORD").is_some() {
            let word = |takes: &bool| if *takes { "taken" } else { "refused" };
            let line = |(key, takes): (&String, &bool)| format!("{key} {}\n", word(takes));
            fs::write(PATH, verdicts.iter().map(line).collect::<String>()).unwrap();
        } else {
            let is_recorded = &self.0 == verdicts;
            assert!(
                is_recorded,
                "other files or verdicts are recorded: run this test with COVIBE_RECORD=1"
            );
        }
    }
}

#[test]
fn a_file_without_a_verdict_is_an_error() {
    let record = Record(BTreeMap::from([(key("a"), true), (key("b"), false)]));
    assert_eq!(record.takes("a", "a"), Ok(true));
    assert_eq!(record.takes("b", "b"), Ok(false));
    assert!(record.takes("c", "c").unwrap_err().contains("c: no verdict is recorded"));
}
