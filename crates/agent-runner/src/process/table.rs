//! The table of processes, as `/proc` has it.

use std::fs;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) pid: u32,
    pub(super) parent: u32,
    /// True if it has ended and waits for its parent to notice.
    pub(super) is_zombie: bool,
    /// When it was started, in ticks since the machine was.
    pub(super) started: u64,
}

/// Returns the row of a process; none if there is no such process.
pub(super) fn row(pid: u32) -> Option<Row> {
    parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Returns all rows.
pub(super) fn rows() -> Vec<Row> {
    pids().filter_map(row).collect()
}

/// Returns the pids of all processes.
pub(super) fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Parses a row. The name of the program, in parentheses, may hold anything.
fn parse(pid: u32, text: &str) -> Option<Row> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<_> = rest.split_ascii_whitespace().collect();
    let is_zombie = matches!(*fields.first()?, "Z" | "X");
    let (parent, started) = (fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?);
    Some(Row { pid, parent, is_zombie, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_moves_no_field() {
        let text = "7 (a) Z 1 (b) S 3 7 7 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 2 3";
        let row = parse(7, text).unwrap();
        assert_eq!(row, Row { pid: 7, parent: 3, is_zombie: false, started: 4711 });
    }

    #[test]
    fn this_process_is_in_the_table() {
        let own = std::process::id();
        assert!(rows().iter().any(|row| row.pid == own && !row.is_zombie));
    }
}
