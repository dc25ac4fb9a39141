//! Judges compose files for `cargo xtask compose-corpus`.
//!
//! It reads a JSON object of files by name from stdin, each with its text and the variables that are set, and writes
//! one of results to stdout: what is sent for a file that is accepted, or the problems of one that is refused.

use std::collections::BTreeMap;
use std::io;

use covibe_compose::{Compose, Request, Rules, compose, normal_form};
use covibe_domain::Failure;
use serde::Deserialize;
use serde_json::{Value, json};

#[path = "../tests/it/canonical_text_reader.rs"]
mod canonical;

/// A compose file with the values of its variables.
#[derive(Deserialize)]
struct File {
    text: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

fn main() -> io::Result<()> {
    let files: BTreeMap<String, File> = serde_json::from_reader(io::stdin().lock())?;
    let results: BTreeMap<_, _> =
        files.iter().map(|(name, file)| (name, judge_file(file))).collect();
    serde_json::to_writer(io::stdout().lock(), &results)?;
    Ok(())
}

fn judge_file(file: &File) -> Value {
    let variables = file.variables.clone().into_iter();
    let rules = Rules {
        memory: Some("4g".to_owned()),
        processes: Some(4096),
        max_memory: Some("16g".to_owned()),
        ..Rules::default()
    };
    let request = Request { variables: variables.collect(), rules, ..Request::default() };
    match compose(&file.text, &request) {
        Ok(accepted) => sent_form(&accepted),
        Err(failure) => list_problems(&failure, &file.text),
    }
}

/// Returns the remarks on a file that is accepted, and the text that is sent for it.
fn sent_form(accepted: &Compose) -> Value {
    let changes = accepted.changes.iter();
    let changes = changes.map(|one| json!([one.path, one.change, one.why])).collect::<Vec<_>>();
    let choice = accepted.choice.as_ref();
    json!({
        "sent": accepted.text(),
        "changes": changes,
        "choice": choice.map(|choice| json!([choice.service, choice.why])),
    })
}

/// Returns the problems of a file, and the file in a form that is easily read, if it is YAML.
fn list_problems(failure: &Failure, text: &str) -> Value {
    json!({
        "status": failure.kind.status(),
        "message": failure.message,
        "problems": failure.details["problems"],
        "form": normal_form(text).and_then(|form| canonical::read(&form).ok()),
    })
}
