//! Files as projects publish them: each is sent with exactly the changes in the record.
//!
//! `COVIBE_RECORD=1` writes the record again; read the difference.

use std::fmt::Write as _;
use std::fs;

use covibe_compose::Compose;

use crate::{canonical_text_reader, compose, corpus, safety_checker};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compose");

/// Returns the shapes by their titles: those of the table, and the accepted files of the corpus.
pub(crate) fn shapes() -> Vec<(String, String)> {
    let table = fs::read_to_string(format!("{FOLDER}/shapes.txt")).unwrap();
    let table = format!("\n{table}");
    let shapes = table.split("\n# ").skip(1).filter_map(|shape| shape.split_once('\n'));
    let mut shapes: Vec<_> =
        shapes.map(|(title, file)| (title.to_owned(), file.to_owned())).collect();
    shapes.extend(corpus::files("accepted"));
    shapes
}

/// Describes the result for a file, one line for each change.
fn record(title: &str, accepted: &Compose) -> String {
    let mut text = format!("{title}\n");
    for change in &accepted.changes {
        let _ = writeln!(text, "  {}: {}", change.path, change.change);
    }
    for service in &accepted.services {
        let ports: Vec<_> = service.ports.iter().map(u16::to_string).collect();
        let line = format!("  > {} {} {}", service.name, service.image, ports.join(","));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(choice) = &accepted.choice {
        let _ = writeln!(text, "  = {}, because {}", choice.service, choice.why);
    }
    let needed = &accepted.needed;
    for (kind, names) in [("required", &needed.required), ("empty", &needed.empty)] {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let _ = writeln!(text, "  ? {kind} {}", names.join(" "));
        }
    }
    text
}

#[test]
fn each_shape_is_rewritten_with_the_recorded_changes() {
    let shapes = shapes();
    assert!(shapes.len() >= 100, "{}", shapes.len());
    let mut text = String::new();
    for (title, file) in shapes {
        let accepted = compose(&file).unwrap_or_else(|why| panic!("{title}: {why:?}\n{file}"));
        let tree = canonical_text_reader::read(accepted.text()).unwrap();
        assert_eq!(safety_checker::findings(&tree), [""; 0], "{title}");
        let again = compose(accepted.text()).unwrap_or_else(|why| panic!("{title}: {why:?}"));
        assert_eq!(again.text(), accepted.text(), "{title}: sent again, it stays as it is");
        text += &record(&title, &accepted);
    }
    corpus::compare_record(&text, "changes.txt");
}
