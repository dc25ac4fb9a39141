//! A file with the entries of a tenant and month, to which lines are added.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::audit::audit_entry::Row;
use crate::error::{Error, Result};

/// The maximum number of bytes that a line may have. An entry has less than 4 KiB.
pub(super) const LONGEST_LINE: u64 = 64 << 10;

/// Adds entries, in the order of the chain, that the file does not have yet. A line that a killed process
/// left incomplete is replaced.
pub(super) fn add(path: &Path, rows: &[&Row]) -> Result<()> {
    let io = |error: std::io::Error| file_error(path, &error);
    let mut file = open(path).map_err(io)?;
    // Until it is closed, against another server with the same folder.
    file.lock().map_err(io)?;
    let End { position, last } = find_end(&mut file).map_err(io)?;
    let (old, new): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.seq <= last);
    if !old.is_empty() {
        compare(path, &mut file, &old)?;
    }
    let mut lines = Vec::new();
    for row in new {
        serde_json::to_writer(&mut lines, row).map_err(|_| Error::Corrupt("audit_log"))?;
        lines.push(b'\n');
    }
    let write = |file: &mut File| {
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position))?;
        file.write_all(&lines)?;
        file.sync_all()?;
        if position == 0 { sync_name(path) } else { Ok(()) }
    };
    write(&mut file).map_err(io)
}

/// Returns the failure of reading or writing a file.
pub(in crate::audit) fn file_error(path: &Path, error: &std::io::Error) -> Error {
    Error::Export(format!("{}: {error}", path.display()))
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Waits until the name of a new file is on the disk, too.
fn sync_name(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    } else {
        Ok(())
    }
}

/// The end of the whole lines of a file.
struct End {
    /// Where the next line begins.
    position: u64,
    /// The number of the last entry; `None` if there is no line.
    last: Option<i64>,
}

/// Finds the end of the whole lines. What follows was left by a process that was killed.
fn find_end(file: &mut File) -> std::io::Result<End> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(2 * LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(2 * LONGEST_LINE).read_to_end(&mut tail)?;
    let Some(whole) = tail.iter().rposition(|byte| *byte == b'\n') else {
        return if from == 0 { Ok(End { position: 0, last: None }) } else { Err(foreign()) };
    };
    let lines = tail.get(..whole).unwrap_or_default();
    let begin = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = lines.get(begin..).unwrap_or_default();
    let row: Row = serde_json::from_slice(line).map_err(|_| foreign())?;
    let position = from.saturating_add(u64::try_from(whole + 1).unwrap_or(u64::MAX));
    Ok(End { position, last: Some(row.seq.ok_or_else(foreign)?) })
}

fn foreign() -> std::io::Error {
    let what = "it has lines that are not audit entries: move it away";
    std::io::Error::new(ErrorKind::InvalidData, what)
}

/// Compares entries with the lines of the same numbers: a file may be of a database that was restored since.
fn compare(path: &Path, file: &mut File, rows: &[&Row]) -> Result<()> {
    let io = |error: std::io::Error| file_error(path, &error);
    let mut missing: HashMap<_, _> = rows.iter().map(|row| (row.seq, &row.digest)).collect();
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    while read_line(&mut lines, &mut line).map_err(io)? {
        let row: Row = serde_json::from_slice(&line).map_err(|_| io(foreign()))?;
        if missing.remove(&row.seq).is_some_and(|digest| *digest != row.digest) {
            return Err(differs(path, row.seq));
        }
    }
    missing.into_keys().min().map_or(Ok(()), |seq| Err(differs(path, seq)))
}

fn differs(path: &Path, seq: Option<i64>) -> Error {
    Error::Export(format!(
        "{} has later entries than the database, and its entry {} is different or missing; was a \
         backup restored? Move the file away",
        path.display(),
        seq.unwrap_or_default()
    ))
}

/// Reads the next whole line without its end. Returns false at the end of the file, or where a line is
/// incomplete.
pub(in crate::audit) fn read_line(
    from: &mut impl std::io::BufRead,
    line: &mut Vec<u8>,
) -> std::io::Result<bool> {
    line.clear();
    from.take(LONGEST_LINE).read_until(b'\n', line)?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(true);
    }
    let is_cut = u64::try_from(line.len()).is_ok_and(|length| length < LONGEST_LINE);
    if is_cut { Ok(false) } else { Err(foreign()) }
}
