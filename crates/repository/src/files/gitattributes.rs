//! `.gitattributes`: attributes by which a clone differs from what was judged.

use crate::repository_problem::Problem;

/// Returns what is wrong with a `.gitattributes` file.
///
/// Each word is looked at, also within a quoted pattern or a macro's definition: a word that only
/// looks like an attribute is refused too, which concerns no ordinary file. A quotation mark ends a
/// word as well: attributes may follow a quoted pattern without a blank (git 2.39).
pub(crate) fn problems(path: &str, content: &[u8]) -> Vec<Problem> {
    let text = String::from_utf8_lossy(content);
    // Git takes fewer characters for blanks than Unicode has (2.39, `attr.c`).
    let is_comment = |line: &str| line.trim_start_matches([' ', '\t', '\r']).starts_with('#');
    let lines = text.lines().filter(|line| !is_comment(line));
    let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || c == '"'));
    let mut complaints: Vec<_> = words.filter_map(complaint).collect();
    complaints.sort_unstable();
    complaints.dedup();
    let problem = |complaint: &str| {
        Problem::new(
            path,
            complaint,
            "Remove the attribute and commit the files as they should be.",
        )
    };
    complaints.into_iter().map(problem).collect()
}

fn complaint(word: &str) -> Option<&'static str> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    match name {
        "working-tree-encoding" => {
            Some("sets working-tree-encoding, so that a clone differs from the commit")
        }
        "ident" => Some("sets ident, so that a clone differs from the commit"),
        "filter" if !matches!(value, "" | "lfs") => {
            Some("sets a filter other than lfs, so that a clone may differ from the commit")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_ordinary_attributes() {
        for text in [
            "* text=auto eol=lf\n*.png binary\n",
            "*.psd filter=lfs diff=lfs merge=lfs -text\n",
            "# filter=evil\n*.x -filter !working-tree-encoding\n",
            "filter.js linguist-vendored\n",
        ] {
            assert!(problems(".gitattributes", text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn rejects_attributes_that_change_file_contents() {
        for text in [
            "nixpacks.toml text working-tree-encoding=UTF-16BE",
            "[attr]x filter=evil",
            "nixpacks.toml ident",
            "*.toml ident=true",
            "\"a b\" filter=evil",
            "\"a b\"filter=evil",
            "\"nixpacks.toml\"ident",
            "\"nixpacks.\\164oml\"working-tree-encoding=UTF-16BE",
            "*\tfilter=lfs2\r\n",
            "a working-tree-encoding",
            "\u{c}#d/nixpacks.toml working-tree-encoding=UTF-16LE",
            "\u{a0}# ident",
        ] {
            assert_eq!(problems("a/.gitattributes", text.as_bytes()).len(), 1, "{text}");
        }
    }
}
