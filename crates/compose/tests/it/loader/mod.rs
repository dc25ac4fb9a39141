//! Docker Compose's own loader takes whatever is sent.
//!
//! Where Go is, it judges each file; what it said is recorded, so that the tests say the same elsewhere.
//! `COVIBE_RECORD=1` writes the record again.

mod loader_program;
mod recorded_verdicts;

use std::collections::BTreeMap;
use std::fs;

use covibe_compose::{Request, Rules};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};

use self::loader_program::Loader;
use self::recorded_verdicts::{Record, key};
use crate::{compose, published_files, random_accepted_files};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loader");

/// The declarations of the files of `members.txt`.
const DECLARED: &str = "volumes: {v1: , v2: }\nconfigs: {c1: {content: a}, c2: {content: b}}\nsecrets: {s1: \
                        {environment: SS}}\n";

/// Returns the cases: their titles, which begin with the verdict, and their files.
fn cases() -> Vec<(String, String)> {
    let text = format!("\n{}", fs::read_to_string(format!("{FOLDER}/cases.txt")).unwrap());
    let cases = text.split("\n# ").skip(1).filter_map(|case| case.split_once('\n'));
    cases.map(|(title, file)| (title.to_owned(), file.to_owned())).collect()
}

/// Returns a file for each line of members that a service may have.
fn members() -> Vec<(String, String)> {
    let lines = fs::read_to_string(format!("{FOLDER}/members.txt")).unwrap();
    let file = |line: &str| {
        let image = if line.starts_with("image") { "" } else { "image: x, " };
        let text = format!("services:\n  a: {{{image}{line}}}\n  b: {{image: y}}\n{DECLARED}");
        (line.to_owned(), text)
    };
    lines.lines().map(file).collect()
}

/// Returns what is sent for a file, with and without the limits of an operator, as Coolify passes it on: it keeps
/// `exclude_from_hc` to itself (4.3.11).
fn sent_forms(name: &str, text: &str) -> Vec<(String, String)> {
    let rules = Rules {
        memory: Some("4g".to_owned()),
        processes: Some(4096),
        max_memory: Some("16g".to_owned()),
        ..Rules::default()
    };
    let limited = Request { rules, ..Request::default() };
    let sent = [compose(text), covibe_compose::compose(text, &limited)];
    let passed_on = |text: &str| {
        let lines =
            text.lines().filter(|line| !line.trim_start().starts_with("\"exclude_from_hc\""));
        lines.fold(String::new(), |all, line| all + line + "\n")
    };
    let texts = sent.into_iter().flatten().map(|accepted| passed_on(accepted.text()));
    texts.map(|text| (name.to_owned(), text)).collect()
}

/// Returns everything that is sent for the files of the tests.
fn all_sent_forms() -> Vec<(String, String)> {
    let files = published_files::shapes().into_iter().chain(members());
    files.flat_map(|(name, text)| sent_forms(&name, &text)).collect()
}

#[test]
fn docker_compose_loads_all_sent_files_and_judges_cases_as_recorded() {
    let (record, stored, cases) = (Record::read(), all_sent_forms(), cases());
    assert!(stored.len() > 250 && cases.len() >= 30, "{} {}", stored.len(), cases.len());
    if let Some(loader) = Loader::built() {
        let files = stored.iter().chain(&cases);
        let files: BTreeMap<_, _> = files.map(|(_, text)| (key(text), text.clone())).collect();
        let takes = loader.errors(&files).into_iter().map(|(key, error)| (key, error.is_none()));
        record.compare(&takes.collect());
    }
    let record = Record::read();
    let takes = |(name, text): &(String, String)| record.takes(name, text).unwrap();
    let refused: Vec<_> = stored.iter().filter(|file| !takes(file)).map(|(name, _)| name).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    for case in &cases {
        assert_eq!(case.0.starts_with("taken"), takes(case), "{}", case.0);
    }
}

#[test]
fn docker_compose_loads_what_is_sent_for_random_files() {
    let Some(loader) = Loader::built() else { return };
    let mut runner = TestRunner::new(Config::default());
    let files = (0..200).flat_map(|number| {
        let file = random_accepted_files::file().new_tree(&mut runner).unwrap().current();
        sent_forms(&number.to_string(), &file.to_string())
    });
    let files: BTreeMap<_, _> = files.map(|(_, text)| (text.clone(), text)).collect();
    assert!(files.len() > 200);
    let errors = loader.errors(&files);
    let refused: Vec<_> = errors.iter().filter(|(_, error)| error.is_some()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
