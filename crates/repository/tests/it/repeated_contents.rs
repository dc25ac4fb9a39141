//! Trees that have one blob at many paths.

use std::collections::HashMap;
use std::time::Duration;

use covibe_repository::{Entry, Mode, Survey, Verdict};

use crate::processor_time::measure;

/// Returns the verdict on a tree with this content at each of these paths.
fn judge_everywhere(
    paths: impl IntoIterator<Item = String>,
    mode: Mode,
    content: Vec<u8>,
) -> Verdict {
    let mut survey = Survey::default();
    let entry = |path| Entry { path, mode, id: "c0ffee".to_owned(), size: None };
    survey.extend(paths.into_iter().map(entry));
    let blobs = HashMap::from([("c0ffee".to_owned(), content)]);
    let (verdict, took) = measure(|| survey.verdict(&blobs));
    assert!(took < Duration::from_secs(30), "{took:?}");
    verdict
}

/// Returns the path and the problem of each of the first problems.
fn first_problems(verdict: &Verdict) -> Vec<(&str, &str)> {
    let problems = verdict.problems().first_problems().iter();
    problems.map(|problem| (problem.path.as_str(), problem.problem.as_str())).collect()
}

#[test]
fn a_large_plan_at_50_000_paths_is_judged_once() {
    let list = "0,".repeat((1 << 19) - 100);
    let paths = || (0..50_000).map(|at| format!("{at}/nixpacks.toml"));
    let good = judge_everywhere(paths(), Mode::File, format!("a=[{list}]").into_bytes());
    assert!(good.problems().is_empty());
    let text = format!("a=[{list}]\n[variables]\n'A;id' = 'x'\n");
    let bad = judge_everywhere(paths(), Mode::File, text.into_bytes());
    assert_eq!(bad.problems().count(), 50_000);
    let complaint = "has variables whose names would act on the host: A;id";
    let expected = [("0/nixpacks.toml", complaint), ("1/nixpacks.toml", complaint)];
    assert_eq!(first_problems(&bad)[..2], expected);
}

#[test]
fn a_large_target_of_100_000_links_is_refused_quickly() {
    let links = (0..100_000).map(|at| at.to_string());
    let verdict = judge_everywhere(links, Mode::Link, vec![0xff; 1 << 20]);
    assert_eq!(verdict.problems().count(), 100_000);
}

#[test]
fn a_blob_is_judged_for_each_name_of_a_file() {
    let paths = ["nixpacks.toml", "a/.gitattributes", "b/nixpacks.toml", "b/.gitattributes"];
    let verdict =
        judge_everywhere(paths.map(str::to_owned), Mode::File, b"nixpacks.toml ident".to_vec());
    let unreadable = "cannot be parsed";
    let ident = "sets ident, so that a clone differs from the commit";
    let expected = [
        ("nixpacks.toml", unreadable),
        ("a/.gitattributes", ident),
        ("b/nixpacks.toml", unreadable),
        ("b/.gitattributes", ident),
    ];
    assert_eq!(first_problems(&verdict), expected);
}

#[test]
fn a_target_is_judged_from_the_folder_of_each_link() {
    let links = ["a", "b/c", "b/d/e"].map(str::to_owned);
    let verdict = judge_everywhere(links, Mode::Link, b"../x".to_vec());
    let expected = [("a", "is a symbolic link that points outside the repository")];
    assert_eq!(first_problems(&verdict), expected);
}

#[test]
fn the_links_and_folders_of_a_verdict_take_at_most_1_mib_each() {
    let links = |count: usize| (0..count).map(|at| at.to_string());
    let verdict = judge_everywhere(links(1_000), Mode::Link, b"x".to_vec());
    assert!((128_000..140_000).contains(&verdict.weight()), "{}", verdict.weight());

    let verdict = judge_everywhere(links(45_000), Mode::Link, b"x".to_vec());
    assert!(verdict.weight().abs_diff(1 << 20) < 16 << 10, "{}", verdict.weight());

    let programs = (0..45_000).map(|at| format!("{at}/package.json"));
    let verdict = judge_everywhere(programs, Mode::File, Vec::new());
    assert!(verdict.weight().abs_diff(1 << 20) < 16 << 10, "{}", verdict.weight());
}
