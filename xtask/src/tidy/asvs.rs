//! `docs/asvs.md`: each requirement has an answer, and the tests and files that prove it exist.

use std::collections::BTreeSet;

use super::checked_files::{File, Finding, Workspace};

/// The page with the requirements.
const PAGE: &str = "docs/asvs.md";

/// The answers to a requirement.
const ANSWERS: [&str; 3] = ["met", "not met", "does not apply"];

/// The heading of the section that names all requirements that are not met.
const SUMMARY: &str = "## What is not met";

/// The folders of the repository in which a proof is.
const FOLDERS: [&str; 6] = ["bins/", "crates/", "deploy/", "docs/", "migrations/", "xtask/"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(page) = workspace.file(PAGE) else { return Vec::new() };
    let of_lines = page.lines().flat_map(|(number, line)| findings(workspace, number, line));
    of_lines.chain(compare_with_summary(page)).collect()
}

/// Returns the differences between the summary and the requirements that are answered `not met`.
fn compare_with_summary(page: &File) -> Vec<Finding> {
    let rows = page.lines().filter_map(|(_, line)| Row::read(line));
    let unmet: BTreeSet<_> =
        rows.filter(|row| row.cells.contains(&"not met")).map(|row| row.cells[0]).collect();
    let mut lines = page.lines().skip_while(|(_, line)| *line != SUMMARY);
    let heading = lines.next().map_or(1, |(number, _)| number);
    let section = lines.map(|(_, line)| line).take_while(|line| !line.starts_with("## "));
    let named: BTreeSet<_> = section.flat_map(numbers).collect();
    let missing = unmet.difference(&named).map(|number| format!("name {number}, which is not met"));
    let surplus = named
        .difference(&unmet)
        .map(|number| format!("{number} is not among the unmet requirements"));
    missing.chain(surplus).map(|message| Finding::new(PAGE, heading, message)).collect()
}

/// Returns the numbers of requirements in a text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|word| word.trim_matches('.')).filter(|word| word.matches('.').count() == 2)
}

fn findings(workspace: &Workspace, number: usize, line: &str) -> Vec<Finding> {
    let unanswered = Row::read(line).and_then(|row| row.mistake().map(str::to_owned));
    let unproven = proofs(line).filter_map(|proof| mistake_of_proof(workspace, proof));
    let messages = unanswered.into_iter().chain(unproven);
    messages.map(|message| Finding::new(PAGE, number, message)).collect()
}

/// A row of a table: a requirement.
struct Row<'a> {
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// Reads a line that begins with a cell with the number of a requirement, such as `2.1.1`.
    fn read(line: &'a str) -> Option<Self> {
        let cells = line.strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<_> = cells.split('|').map(str::trim).collect();
        let first = cells.first()?;
        (first.starts_with(|c: char| c.is_ascii_digit()) && first.contains('.'))
            .then_some(Self { cells })
    }

    /// Returns what is wrong with the row.
    fn mistake(&self) -> Option<&'static str> {
        let [_, _, _, answer, reason] = self.cells[..] else {
            return Some(
                "write five cells: number, level, requirement, answer, and proof or reason",
            );
        };
        if !ANSWERS.contains(&answer) {
            Some("answer `met`, `not met` or `does not apply`")
        } else if answer == "met" && proofs(reason).next().is_none() {
            Some("name a test (`path::name`) or a file that shows that it is met")
        } else if reason.is_empty() {
            Some("give the reason")
        } else {
            None
        }
    }
}

/// Returns the texts in backquotes that name a file, or a test as `path::name`.
fn proofs(text: &str) -> impl Iterator<Item = &str> {
    let is_proof =
        |span: &&str| span.contains(".rs") || FOLDERS.iter().any(|it| span.starts_with(it));
    text.split('`').skip(1).step_by(2).filter(is_proof)
}

/// Returns what is wrong with the name of a file or a test.
fn mistake_of_proof(workspace: &Workspace, proof: &str) -> Option<String> {
    let (path, test) = match proof.split_once("::") {
        Some((path, test)) => (path, Some(test)),
        None => (proof, None),
    };
    if !workspace.paths.contains(path) {
        return Some(format!("`{path}` does not exist: name the file that has it now"));
    }
    let test = test?;
    let has_it = workspace.file(path).is_some_and(|file| has_test(&file.text, test));
    (!has_it).then(|| {
        format!(
            "`{path}` has no test `{test}`: name the one that shows it now, or answer `not met`"
        )
    })
}

/// Returns whether a source has a test with this name: below an attribute such as `#[tokio::test]`, or in the list of
/// the macro `on_both!`.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim_start).collect();
    let head = format!("fn {name}(");
    let Some(at) = lines.iter().position(|line| line.contains(&head)) else { return false };
    let mut attributes = lines.iter().take(at).rev().take_while(|line| line.starts_with("#["));
    let is_test = |line: &&str| line.starts_with("#[test]") || line.contains("::test");
    attributes.any(is_test) || is_listed(text, name)
}

fn is_listed(text: &str, name: &str) -> bool {
    let lists = text.split("on_both!(").skip(1).filter_map(|rest| rest.split(')').next());
    lists.flat_map(|list| list.split(',')).any(|each| each.trim() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "crates/x/tests/it/keys.rs";

    const TESTS: &str = "\
        on_both!(\n    a_key_ends,\n    a_key_begins\n);\n\
        async fn a_key_ends(fixture: Fixture) {}\n\
        async fn a_key_begins(fixture: Fixture) {}\n\
        mod tests {\n    #[cfg(unix)]\n    #[tokio::test(flavor = \"multi_thread\")]\n    async fn a_key_works() {}\n}\n\
        #[test]\n#[ignore]\nfn a_key_is_kept() {}\n\
        #[cfg(test)]\nfn helper() {}\n";

    fn messages(line: &str) -> Vec<String> {
        let workspace = Workspace::of_files(&[(PAGE, ""), (SOURCE, TESTS)]);
        findings(&workspace, 1, line).into_iter().map(|finding| finding.message).collect()
    }

    fn row(answer: &str, reason: &str) -> String {
        format!("| 2.1.1 | 1 | Keys end. | {answer} | {reason} |")
    }

    #[test]
    fn a_proof_that_names_a_missing_file_or_test_is_reported() {
        for name in ["", "::a_key_ends", "::a_key_begins", "::a_key_works", "::a_key_is_kept"] {
            let found = messages(&row("met", &format!("`{SOURCE}{name}`, `a/b`, `x::y`")));
            assert_eq!(found, Vec::<String>::new(), "{name}");
        }
        for name in ["::a_key", "::a_key_end", "::helper", "::", "::fixture"] {
            let found = messages(&row("met", &format!("`{SOURCE}{name}`")));
            assert!(found.len() == 1 && found[0].contains("has no test"), "{name}: {found:?}");
        }
        for path in ["crates/x/tests/it/key.rs", "crates/x", "crate/x.rs::a_key_ends", "docs/a.md"]
        {
            let found = messages(&format!("Text that names `{path}`."));
            assert!(found.len() == 1 && found[0].contains("does not exist"), "{path}: {found:?}");
        }
    }

    #[test]
    fn an_asvs_requirement_without_a_valid_answer_and_proof_is_reported() {
        let proof = format!("`{SOURCE}`");
        for (answer, reason) in
            [("met", proof.as_str()), ("not met", "Later."), ("does not apply", "It has none.")]
        {
            assert_eq!(messages(&row(answer, reason)), Vec::<String>::new(), "{answer}");
        }
        for (answer, reason) in
            [("met", "It is."), ("Met", &proof), ("partly", &proof), ("not met", ""), ("", "x")]
        {
            assert_eq!(messages(&row(answer, reason)).len(), 1, "{answer}: {reason}");
        }
        assert_eq!(messages("| 2.1.1 | Keys end. | met | x |").len(), 1, "a cell is missing");
        assert_eq!(messages("| no. | level |").len(), 0);
    }

    #[test]
    fn the_summary_must_name_exactly_the_unmet_requirements() {
        let messages = |named: &str| {
            let rows =
                [row("not met", "Later."), row("met", "x").replace("2.1.1", "2.1.2")].join("\n");
            let text = format!("As 4.0.3.\n{SUMMARY}\n{named}\n\n## V2\nAs 2.1.3.\n{rows}\n");
            let found = compare_with_summary(&File::new(PAGE, text)).into_iter();
            found.map(|finding| (finding.line, finding.message)).collect::<Vec<_>>()
        };
        assert_eq!(messages("Length (2.1.1)."), []);
        assert_eq!(messages("Length."), [(2, "name 2.1.1, which is not met".to_owned())]);
        let surplus = (2, "2.1.2 is not among the unmet requirements".to_owned());
        assert_eq!(messages("Length (2.1.1, 2.1.2)."), [surplus]);
    }
}
