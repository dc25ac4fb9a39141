//! Trees and files that are made to take long are judged in a bounded time.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use covibe_repository::{Entry, Exposed, Mode, Survey, Verdict};

use crate::processor_time::measure;

/// The maximum processor time of a judgement, without optimisation.
const MAX: Duration = Duration::from_secs(20);

/// Judges a tree that consists of these entries and a file.
fn judge(entries: impl IntoIterator<Item = Entry>, path: &str, content: String) -> Verdict {
    let mut survey = Survey::default();
    survey.extend(entries);
    let (id, size) = ("file".to_owned(), Some(content.len() as u64));
    survey.add(Entry { path: path.to_owned(), mode: Mode::File, id: id.clone(), size });
    let blobs = HashMap::from([(id, content.into_bytes())]);
    let (verdict, took) = measure(|| survey.verdict(&blobs));
    assert!(took < MAX, "{path}: {took:?}");
    verdict
}

fn exposed_port(dockerfile: String) -> Option<Exposed> {
    judge([], "Dockerfile", dockerfile).exposed_port("", "Dockerfile")
}

#[test]
fn dockerfiles_with_doubling_variables_are_judged_quickly() {
    let port = "EXPOSE $A 3000";
    for doubling in ["ENV A=$A$A\n", "ENV A=${A:-$A}${A:-$A}\n", "ENV A $A$A\n", "ARG A=$A$A\n"] {
        let text = format!("FROM s\nENV A=1\n{}{port}", doubling.repeat(40));
        assert_eq!(exposed_port(text), Some(Exposed::Port(3000)), "{doubling}");
    }
    let doubled = "ARG A=$A$A\n".repeat(40);
    let text = format!("ARG A=1\n{doubled}FROM s\nARG A\n{port}");
    assert_eq!(exposed_port(text), Some(Exposed::Port(3000)));
}

#[test]
fn dockerfiles_with_many_stages_are_judged_quickly() {
    assert_eq!(exposed_port("FROM s\n".repeat(70_000)), Some(Exposed::Variable));
    let variable = |at: usize| format!("A{at}={} ", "x".repeat(64));
    let variables: String = (0..900).map(variable).collect();
    let on = |at: usize| format!("FROM s{} AS s{at}\nENV B=1\n", at - 1);
    let stages: String = (1..200).map(on).collect();
    let text = format!("FROM a AS s0\nENV {variables} PORT=80\n{stages}EXPOSE $PORT");
    assert_eq!(exposed_port(text), Some(Exposed::Port(80)));
}

/// Judges a tree with 300,000 submodules. Returns the numbers of those that are fetched, and of problems.
fn judge_submodules(sections: Range<usize>) -> (usize, usize) {
    let submodule = |at: usize| Entry {
        path: format!("lib/{at}"),
        mode: Mode::Submodule,
        id: "c0ffee".to_owned(),
        size: None,
    };
    let section = |at: usize| format!("[submodule \"{at}\"]\npath=lib/{at}\nurl=../a\n");
    let verdict =
        judge((0..300_000).map(submodule), ".gitmodules", sections.map(section).collect());
    (verdict.submodules().len(), verdict.problems().count())
}

#[test]
fn many_submodules_are_judged_quickly() {
    assert_eq!(judge_submodules(299_990..320_000), (10, 0));
    assert_eq!(judge_submodules(0..20_000), (0, 1));
}
