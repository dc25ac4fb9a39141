//! The faults of a package, by the part that has them.

use std::collections::BTreeMap;

/// A part of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The compressed archive.
    Archive,
    /// The names and kinds of its entries.
    Entries,
    /// `package.json` and the scripts that start the program.
    Description,
    /// The programs, and the list of them.
    Programs,
    /// Secrets, and traces of the machine that built it.
    Leaks,
}

/// The maximum number of faults of a part that are kept.
const MOST: usize = 10;

/// The faults of a package.
#[derive(Clone, Debug, Default)]
pub struct Faults(BTreeMap<Part, Vec<String>>);

impl Faults {
    /// Adds a fault.
    pub(super) fn add(&mut self, part: Part, fault: impl Into<String>) {
        let faults = self.0.entry(part).or_default();
        if faults.len() < MOST {
            faults.push(fault.into());
        }
    }

    /// Adds a fault unless a condition holds.
    pub(super) fn require(&mut self, part: Part, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.add(part, fault());
        }
    }

    /// Returns the faults of a part.
    pub fn in_part(&self, part: Part) -> &[String] {
        self.0.get(&part).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the entries of the archive could be read to the last one.
    pub fn is_readable(&self) -> bool {
        !self.0.contains_key(&Part::Archive)
    }
}
