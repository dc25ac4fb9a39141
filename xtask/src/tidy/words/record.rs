//! The recorded counts, `xtask/words.toml`.

use std::collections::BTreeMap;

use super::kinds::KINDS;
use crate::tidy::workspace::{File, Workspace};

/// The path of the record.
pub(super) const PATH: &str = "xtask/words.toml";

/// The first lines of the record.
const HEAD: &str = "\
# The numbers of unclear names and sentences that are left. A number may only fall:
# `cargo xtask tidy --write` writes lower ones, and also resolves a conflict of git in this file.
# With the blank lines between them, git merges changes of two numbers without a conflict.
";

/// The recorded counts.
#[derive(Default)]
pub(super) struct Record {
    /// The lowest count of each kind with its line, by the kind's name.
    pub(super) counts: BTreeMap<String, (usize, usize)>,
    /// The lines that are no count of a kind, or another one of a kind that was recorded above.
    pub(super) strange: Vec<usize>,
}

impl Record {
    /// Reads the record of a repository; it is empty where there is none.
    pub(super) fn read(workspace: &Workspace) -> Self {
        let mut record = Self::default();
        let lines = workspace.file(PATH).into_iter().flat_map(File::lines);
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            record.add(number, line);
        }
        record
    }

    fn add(&mut self, number: usize, line: &str) {
        let Some((key, count)) = entry(line) else {
            self.strange.push(number);
            return;
        };
        if let Some((lowest, _)) = self.counts.get_mut(key) {
            *lowest = count.min(*lowest);
            self.strange.push(number);
        } else {
            self.counts.insert(key.to_owned(), (count, number));
        }
    }

    /// Returns the count of a kind and its line; 0 and the first line where it is not recorded.
    pub(super) fn count(&self, key: &str) -> (usize, usize) {
        self.counts.get(key).copied().unwrap_or((0, 1))
    }
}

/// Returns the kind's name and the count of a line.
fn entry(line: &str) -> Option<(&str, usize)> {
    let (key, count) = line.split_once(" = ")?;
    let is_known = KINDS.iter().any(|kind| kind.key() == key);
    Some((key, count.parse().ok()?)).filter(|_| is_known)
}

/// Returns the text of a record with these counts.
pub(super) fn render(counts: impl IntoIterator<Item = (String, usize)>) -> String {
    let lines = counts.into_iter().map(|(key, count)| format!("\n{key} = {count}\n"));
    HEAD.to_owned() + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Record {
        Record::read(&Workspace::of_files(&[(PATH, text)]))
    }

    #[test]
    fn reads_what_it_renders() {
        let record = read(&render([("doc.How".to_owned(), 3), ("function.end".to_owned(), 0)]));
        let first = HEAD.lines().count() + 2;
        assert_eq!(record.count("doc.How"), (3, first));
        assert_eq!(record.count("function.end"), (0, first + 2));
        assert_eq!(record.count("function.of"), (0, 1));
        assert!(record.strange.is_empty());
    }

    #[test]
    fn takes_the_lower_count_of_a_conflict() {
        let text = "<<<<<<< HEAD\ndoc.How = 3\n=======\ndoc.How = 2\n>>>>>>> lane\n";
        let record = read(text);
        assert_eq!(record.count("doc.How"), (2, 2));
        assert_eq!(record.strange, [1, 3, 4, 5]);
    }

    #[test]
    fn knows_lines_that_are_no_count() {
        assert_eq!(read("doc.How = many\nfunction.nothing = 1\ndoc.How=1\n").strange, [1, 2, 3]);
    }
}
