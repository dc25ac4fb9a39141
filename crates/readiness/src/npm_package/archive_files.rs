//! The files of a package, read one after the other without being written anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::archive_paths;
use super::faults::{Faults, Part};
use super::gunzip_stream::unreadable;
use super::tar_header::{self, BLOCK, Entry};
use crate::leaks::{scan, scan_program};

/// The maximum number of entries of an archive.
const MOST_ENTRIES: usize = 2000;

/// The largest file: 256 MiB.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The largest file that is kept and taken for a text: 1 MiB.
const MOST_KEPT: u64 = 1024 * 1024;

/// The bytes of a program that are kept: those that name its platform.
const HEAD: usize = 64;

/// The bytes before a piece that are searched with it, so that nothing is hidden at a border.
const OVERLAP: usize = 256;

/// A file of the package.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) size: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
    /// The whole content of a text, the beginning of a program.
    pub(super) content: Vec<u8>,
}

/// The files by their paths.
pub(super) type Files = BTreeMap<String, File>;

/// Reads every entry.
///
/// # Errors
///
/// The archive cannot be read further. Faults of entries are added to the faults.
pub(super) fn read(archive: &mut impl Read, faults: &mut Faults) -> Result<Files, String> {
    let (mut files, mut known) = (Files::new(), BTreeSet::new());
    for _ in 0..MOST_ENTRIES {
        let Some(entry) = tar_header::read(&block(archive)?)? else {
            let second = block(archive)?;
            let is_end = second.iter().all(|byte| *byte == 0);
            return if is_end {
                Ok(files)
            } else {
                Err("a header of the archive is damaged".into())
            };
        };
        if entry.size > MOST_BYTES {
            return Err("an entry is larger than 256 MiB".to_owned());
        }
        let path = judge_entry(&entry, &mut known, faults);
        let is_program = path.as_deref().is_some_and(|path| path.starts_with("vendor/"));
        let file =
            content(archive, entry.size, is_program, path.as_deref().unwrap_or("?"), faults)?;
        if let Some(path) = path.filter(|_| !entry.is_folder && entry.oddity.is_none()) {
            files.insert(path, file);
        }
    }
    Err(format!("it has more than {MOST_ENTRIES} entries"))
}

/// Judges the name and the kind of an entry.
fn judge_entry(entry: &Entry, known: &mut BTreeSet<String>, faults: &mut Faults) -> Option<String> {
    let path = match archive_paths::check(&entry.path) {
        Ok(path) => path.to_owned(),
        Err(fault) => {
            faults.add(Part::Entries, fault);
            return None;
        }
    };
    if let Some(oddity) = entry.oddity {
        faults.add(Part::Entries, format!("{path} is {oddity}"));
    }
    let mode = entry.mode & 0o7777;
    let is_usual = entry.is_folder || matches!(mode, 0o644 | 0o755);
    faults.require(Part::Entries, is_usual, || format!("{path} has the mode {mode:o}"));
    let is_new = entry.is_folder || known.insert(path.to_lowercase());
    faults.require(Part::Entries, is_new, || format!("{path} is there twice"));
    let is_public = !archive_paths::is_private(&path);
    faults.require(Part::Leaks, is_public, || format!("{path} is not meant to be published"));
    Some(path)
}

/// Reads a file's content up to the next header.
fn content(
    archive: &mut impl Read,
    size: u64,
    is_program: bool,
    path: &str,
    faults: &mut Faults,
) -> Result<File, String> {
    let is_text = !is_program && size <= MOST_KEPT;
    let kept = if is_text { usize::MAX } else { HEAD };
    let (mut hash, mut content, mut tail) = (Sha256::new(), Vec::new(), Vec::new());
    let mut left = size;
    while left > 0 {
        let mut piece = vec![0; usize::try_from(left.min(64 * 1024)).unwrap_or(BLOCK)];
        archive.read_exact(&mut piece).map_err(|error| unreadable(&error))?;
        left -= u64::try_from(piece.len()).unwrap_or(left);
        hash.update(&piece);
        let missing = kept.saturating_sub(content.len()).min(piece.len());
        content.extend_from_slice(&piece[..missing]);
        if !is_text {
            tail.extend_from_slice(&piece);
            note(path, scan_program(&tail), faults);
            tail.drain(..tail.len().saturating_sub(OVERLAP));
        }
    }
    if is_text {
        note(path, scan(&content), faults);
    }
    let padding = usize::try_from(size.next_multiple_of(512) - size).unwrap_or_default();
    archive.read_exact(&mut [0; BLOCK][..padding]).map_err(|error| unreadable(&error))?;
    Ok(File { size, sha256: hex::encode(hash.finalize()), content })
}

fn note(path: &str, leaks: BTreeSet<crate::leaks::Leak>, faults: &mut Faults) {
    for leak in leaks {
        faults.add(Part::Leaks, format!("{path}: {}, beginning {}", leak.rule, leak.prefix));
    }
}

fn block(archive: &mut impl Read) -> Result<[u8; BLOCK], String> {
    let mut block = [0; BLOCK];
    archive.read_exact(&mut block).map_err(|error| unreadable(&error))?;
    Ok(block)
}
