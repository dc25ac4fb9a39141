//! Every file of the corpus is accepted, or refused exactly where its first line says.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::compose;

use crate::{canonical_text_reader, safety_checker};

/// Returns the files of one kind, by name.
pub(crate) fn files(kind: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compose").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_corpus_has_enough_accepted_and_refused_files() {
    assert!(files("accepted").len() >= 90);
    assert!(files("refused").len() >= 100);
}

#[test]
fn writes_accepted_files_in_the_canonical_form() {
    for (name, text) in files("accepted") {
        let accepted = compose(&text).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let again =
            compose(accepted.text()).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!(again.text(), accepted.text(), "{name}");
        assert_eq!(again.services, accepted.services, "{name}");
        let tree = canonical_text_reader::read(accepted.text())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(safety_checker::findings(&tree), [""; 0], "{name}");
    }
}

/// `COVIBE_RECORD=1` writes the record again; read the difference.
#[test]
fn refuses_files_with_exactly_the_problems_that_are_recorded() {
    let mut text = String::new();
    for (name, file) in files("refused") {
        let failure = compose(&file).unwrap_err();
        let _ = writeln!(text, "{name}: {} {}", failure.kind.status(), failure.message);
        for problem in failure.details["problems"].as_array().unwrap() {
            let of = |key: &str| problem[key].as_str().unwrap();
            let _ = writeln!(text, "  {}: {}\n    {}", of("path"), of("problem"), of("fix"));
        }
    }
    compare_record(&text, "problems.txt");
}

/// Compares a text with the record of this name, or writes it.
pub(crate) fn compare_record(text: &str, name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compose").join(name);
    if std::env::var_os("COVIBE_RECORD").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let recorded = fs::read_to_string(path).unwrap();
    for (new, old) in text.lines().zip(recorded.lines()) {
        assert_eq!(new, old);
    }
    assert_eq!(text.len(), recorded.len());
}

#[test]
fn refuses_files_at_the_path_that_their_first_line_names() {
    let wrong: Vec<_> =
        files("refused").iter().filter_map(|(name, text)| difference(name, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns how a refusal differs from the file's first line: `# refuses: 403 path, 400 path`.
fn difference(name: &str, text: &str) -> Option<String> {
    let said = text.lines().next().unwrap().strip_prefix("# refuses: ").unwrap();
    let Err(failure) = compose(text) else { return Some(format!("{name} is accepted")) };
    let problems = failure.details["problems"].as_array().unwrap();
    let found: Vec<_> = problems.iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    let (status, first) = said.split(", ").next().unwrap().split_once(' ').unwrap();
    let paths: Vec<_> = said.split(", ").map(|each| each.split_once(' ').unwrap().1).collect();
    let agrees = found == paths
        && failure.kind.status().to_string() == status
        && failure.details["path"] == first
        && failure.message.contains(first)
        && failure.hint.is_some();
    (!agrees).then(|| format!("{name}: {failure:?}"))
}

#[test]
fn failures_and_debug_output_never_repeat_values_of_the_file() {
    let text = "services:\n  web:\n    image: S3CRET!\n    command: [S3CRET, {S3CRET: 1}]\n    \
                volumes: ['/S3CRET:/x', './a:S3CRET']\n    restart: S3CRET\n    environment: {A: '${S3CRET'}\n    \
                labels: {a: ['S3CRET']}\n    deploy: {replicas: S3CRET}\n";
    let failure = compose(text).unwrap_err();
    assert!(failure.details["problems"].as_array().unwrap().len() >= 5);
    assert!(!format!("{failure:?}").contains("S3CRET"), "{failure:?}");
    let accepted = compose("services: {web: {image: nginx, environment: {A: S3CRET}}}").unwrap();
    assert!(!format!("{accepted:?}").contains("S3CRET"));
}
