//! Archives with one file or one folder, in the form `ustar`.

use covibe_domain::Timestamp;

/// The size of a block in bytes.
const BLOCK: usize = 512;

/// An entry of an archive.
pub(super) struct Entry<'a> {
    /// The name, of at most 100 bytes.
    pub(super) name: &'a str,
    /// The content of a file; none for a folder.
    pub(super) content: Option<&'a [u8]>,
}

/// Writes an archive.
pub(super) fn write(entries: &[Entry<'_>], changed: Timestamp) -> Vec<u8> {
    let mut archive = Vec::new();
    for entry in entries {
        archive.extend(header(entry, changed));
        archive.extend(entry.content.unwrap_or_default());
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn header(entry: &Entry<'_>, changed: Timestamp) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let is_file = entry.content.is_some();
    let name = if is_file { entry.name.to_owned() } else { format!("{}/", entry.name) };
    let size = entry.content.map_or(0, <[u8]>::len);
    let seconds = changed.as_millis() / 1_000;
    put(&mut block, 0, &name.as_bytes()[..name.len().min(100)]);
    put(&mut block, 100, if is_file { b"0100644\0" } else { b"0040755\0" });
    put(&mut block, 108, b"0000000\0");
    put(&mut block, 116, b"0000000\0");
    put(&mut block, 124, format!("{size:011o}\0").as_bytes());
    put(&mut block, 136, format!("{seconds:011o}\0").as_bytes());
    put(&mut block, 148, b"        ");
    put(&mut block, 156, if is_file { b"0" } else { b"5" });
    put(&mut block, 257, b"ustar\x0000root");
    put(&mut block, 297, b"root");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

fn put(block: &mut [u8; BLOCK], at: usize, text: &[u8]) {
    block.iter_mut().skip(at).zip(text).for_each(|(byte, new)| *byte = *new);
}
