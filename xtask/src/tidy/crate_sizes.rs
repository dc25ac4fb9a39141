//! No crate holds more than a quarter of the code.

use super::workspace::{Crate, Finding, Workspace};

/// The largest share of one crate, in percent.
const LARGEST: usize = 25;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let sizes: Vec<_> = workspace.crates.iter().map(|krate| size(workspace, krate)).collect();
    let sum: usize = sizes.iter().sum();
    let large = workspace.crates.iter().zip(sizes).filter(|(_, size)| size * 100 > sum * LARGEST);
    large.map(|(krate, size)| finding(krate, size, sum)).collect()
}

/// The lines of a crate's `src` that are not blank.
fn size(workspace: &Workspace, krate: &Crate) -> usize {
    let source = krate.source();
    let sources = workspace.files.iter().filter(|file| file.is(".rs"));
    let files = sources.filter(|file| file.path.starts_with(&source));
    files.flat_map(|file| file.text.lines()).filter(|line| !line.trim().is_empty()).count()
}

fn finding(krate: &Crate, size: usize, sum: usize) -> Finding {
    let percent = size * 100 / sum;
    let message = format!(
        "{size} of {sum} lines, {percent} % of the code (at most {LARGEST} %): split the crate by topic"
    );
    Finding::new(krate.source(), 1, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(lines: [usize; 4]) -> Vec<String> {
        let mut workspace = Workspace::default();
        for (name, lines) in ["a", "b", "c", "d"].into_iter().zip(lines) {
            let code = "let x = 1;\n\n".repeat(lines);
            let (dir, long) = (format!("crates/{name}"), "x\n".repeat(1000));
            workspace.crates.push(Crate { name: name.to_owned(), dir, ..Crate::default() });
            let paths = ["src/lib.rs", "src/notes.md", "tests/it/main.rs"];
            for (path, text) in paths.into_iter().zip([&code, &long, &long]) {
                let path = format!("crates/{name}/{path}");
                workspace.files.extend(Workspace::of_files(&[(&path, text)]).files);
            }
        }
        check(&workspace).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn a_crate_with_more_than_a_quarter_of_the_code_is_reported() {
        assert!(findings([10, 10, 10, 10]).is_empty());
        let found = findings([12, 10, 10, 9]);
        assert_eq!(found.len(), 1);
        let head = "crates/a/src/:1: 12 of 41 lines, 29 % of the code";
        assert!(found[0].starts_with(head), "{}", found[0]);
    }
}
