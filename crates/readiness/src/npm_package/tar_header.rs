//! The headers of a tar archive. Nothing but plain files and folders is accepted.

/// The size of a header and of the unit of contents, in bytes.
pub(super) const BLOCK: usize = 512;

/// An entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) size: u64,
    pub(super) mode: u64,
    /// Its kind, if it is neither a file nor a folder.
    pub(super) oddity: Option<&'static str>,
    pub(super) is_folder: bool,
}

/// Reads a header; none if it is the end of the archive.
///
/// # Errors
///
/// It is not a header.
pub(super) fn read(block: &[u8; BLOCK]) -> Result<Option<Entry>, String> {
    if block.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let sum = number(&block[148..156]).ok_or("a header of the archive has no checksum")?;
    if sum != checksum(block) {
        return Err("a header of the archive is damaged".to_owned());
    }
    let size = number(&block[124..136]).ok_or("an entry has no size")?;
    let mode = number(&block[100..108]).ok_or("an entry has no mode")?;
    let mut path = text(&block[345..500]).to_vec();
    let is_ustar = &block[257..262] == b"ustar";
    if is_ustar && !path.is_empty() {
        path.push(b'/');
    } else {
        path.clear();
    }
    path.extend_from_slice(text(&block[..100]));
    let kind = block[156];
    let oddity = oddity(kind);
    // Links and devices have no content, whatever their size says.
    let has_content = !matches!(kind, b'1'..=b'6');
    let size = if has_content { size } else { 0 };
    Ok(Some(Entry { path, size, mode, oddity, is_folder: kind == b'5' }))
}

fn oddity(kind: u8) -> Option<&'static str> {
    match kind {
        0 | b'0' | b'5' => None,
        b'1' => Some("a hard link"),
        b'2' => Some("a symbolic link"),
        b'3' | b'4' => Some("a device"),
        b'6' => Some("a pipe"),
        b'x' | b'g' | b'L' | b'K' => Some("a header that renames other entries"),
        b'S' => Some("a sparse file"),
        _ => Some("an entry of an unknown kind"),
    }
}

fn checksum(block: &[u8; BLOCK]) -> u64 {
    let byte =
        |(at, byte): (usize, &u8)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte });
    block.iter().enumerate().map(byte).sum()
}

/// Reads an octal number.
fn number(field: &[u8]) -> Option<u64> {
    let text = str::from_utf8(text(field)).ok()?.trim();
    u64::from_str_radix(text, 8).ok()
}

/// Returns a field up to its first zero byte.
fn text(field: &[u8]) -> &[u8] {
    let size = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..size]
}
