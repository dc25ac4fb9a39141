//! The table of kinds and readings.

use std::collections::BTreeMap;
use std::fmt;

use super::file_kinds::Kind;
use super::reading_equality::Reading;

/// The numbers of files.
#[derive(Debug, Default)]
pub(super) struct Table {
    kinds: BTreeMap<Kind, usize>,
    readings: BTreeMap<&'static str, usize>,
}

impl Table {
    /// Counts a file.
    pub(super) fn add(&mut self, kind: Kind, reading: Option<&Reading>) {
        *self.kinds.entry(kind).or_default() += 1;
        let label = reading.map(|reading| match reading {
            Reading::NotGiven(_) => "Docker Compose refuses the original file",
            Reading::NotTaken(_) => "Docker Compose refuses the sent file",
            Reading::Equal => "read as the file",
            Reading::Told => "read differently, and reported",
            Reading::Untold(_) => "read differently, and not reported",
        });
        if let Some(label) = label {
            *self.readings.entry(label).or_default() += 1;
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| files | {} |\n|---|---|", self.kinds.values().sum::<usize>())?;
        for (kind, count) in &self.kinds {
            writeln!(f, "| {kind} | {count} |")?;
        }
        if !self.readings.is_empty() {
            writeln!(f, "\n| of those accepted, what is sent is | |\n|---|---|")?;
            for (label, count) in &self.readings {
                writeln!(f, "| {label} | {count} |")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_by_outcome() {
        let mut table = Table::default();
        table.add(Kind::Accepted, Some(&Reading::Equal));
        table.add(Kind::Accepted, Some(&Reading::Told));
        table.add(Kind::Refused("builds code"), None);
        let text = table.to_string();
        for line in [
            "| files | 3 |",
            "| accepted | 2 |",
            "| refused: builds code | 1 |",
            "| read as the file | 1 |",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
