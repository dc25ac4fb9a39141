//! Words that postpone work.

use super::finding::Finding;
use super::workspace::Workspace;

/// The words, built from parts so that this file does not match.
const MARKERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK"), concat!("X", "XX")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = workspace.files.iter().filter(|file| file.path != "Cargo.lock");
    let lines = files.flat_map(|file| file.lines().map(move |(number, line)| (file, number, line)));
    let marked = lines.filter_map(|(file, number, line)| Some((file, number, marker(line)?)));
    let finding = |(file, number, marker): (&super::workspace::File, usize, &str)| {
        let message = format!("{marker}: do it now, or open an issue and delete the note");
        Finding::new(&file.path, number, message)
    };
    marked.map(finding).collect()
}

/// Returns the marker that the line contains as a whole word.
fn marker(line: &str) -> Option<&'static str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.split(|c| !is_part(c)).find_map(|word| MARKERS.into_iter().find(|marker| *marker == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_marker_is_reported_as_a_whole_word_only() {
        for marker in MARKERS {
            let text = format!("//! Fine.\n// {marker}: later\nlet {marker}_x = \"{marker}x\";\n");
            let findings = check(&Workspace::of_files(&[("a.rs", &text)]));
            assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
        }
    }
}
