//! Tabs, whitespace at the end of lines, and a missing newline at the end of a file.

use super::finding::Finding;
use super::workspace::{File, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.files.iter().flat_map(|file| in_lines(file).chain(at_end(file))).collect()
}

fn in_lines(file: &File) -> impl Iterator<Item = Finding> {
    // Go indents with tabs.
    let is_go = file.is(".go") || file.is("go.mod");
    // Not `str::lines`, which strips a carriage return from the line's end.
    (1..).zip(file.text.split('\n')).filter_map(move |(number, line)| {
        let line = if is_go { line.trim_start_matches('\t') } else { line };
        let message = if line.contains('\t') {
            "replace the tab with spaces"
        } else if line.trim_end() != line {
            "remove the whitespace at the end of the line"
        } else {
            return None;
        };
        Some(Finding::new(&file.path, number, message))
    })
}

fn at_end(file: &File) -> Option<Finding> {
    let ends = file.text.is_empty() || file.text.ends_with('\n');
    (!ends).then(|| {
        Finding::new(&file.path, file.lines().count(), "add a newline at the end of the file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        lines_of("a.md", text)
    }

    fn lines_of(name: &str, text: &str) -> Vec<usize> {
        let findings = check(&Workspace::of_files(&[(name, text)]));
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn tabs_are_allowed_as_indentation_in_go() {
        assert_eq!(lines_of("a.go", "one\n\ttwo\n\tthree\t\n"), [3]);
    }

    #[test]
    fn trailing_whitespace_tabs_and_missing_final_newlines_are_reported() {
        assert!(lines("one\n\ntwo\n").is_empty());
        assert_eq!(lines("one \ntwo\n"), [1]);
        assert_eq!(lines("one\n\ttwo\n"), [2]);
        assert_eq!(lines("one\r\ntwo\n"), [1]);
        assert_eq!(lines("one\ntwo"), [2]);
    }
}
