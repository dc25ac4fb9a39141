//! The content of a file.

use std::io::{self, Read as _};
use std::path::Path;

use cap_std::fs::Dir;
use covibe_domain::Failure;

use super::Inside;
use super::io_errors::failure;
use super::root::{Root, regular};

/// The maximum size of a file that is read whole, in bytes.
pub(in crate::workspace) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The size of the head in which a NUL makes a file binary, in bytes.
const HEAD: usize = 8192;

/// A file that was read.
pub(in crate::workspace) struct Content {
    pub(in crate::workspace) bytes: Vec<u8>,
    pub(in crate::workspace) is_binary: bool,
}

impl Root {
    /// Reads a whole file.
    pub(in crate::workspace) fn read(&self, path: &Inside) -> Result<Content, Failure> {
        let file = self.file(path)?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes);
        read.map_err(|error| failure(&error, path))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(Failure::invalid(format!("`{}` is larger than 64 MiB.", path.text()))
                .hint("Read a part of it with execute_command, such as `head -c 20000 file`."));
        }
        let is_binary = bytes[..bytes.len().min(HEAD)].contains(&0);
        Ok(Content { bytes, is_binary })
    }
}

/// Returns a text, and whether it is exactly that of the bytes.
pub(in crate::workspace) fn decode(bytes: Vec<u8>) -> (String, bool) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), false),
    }
}

/// Returns the text of a small regular file beneath a folder, without following links; `None` if it does not exist.
pub(in crate::workspace) fn small_text(
    dir: &Dir,
    path: &Path,
    max: u64,
) -> io::Result<Option<String>> {
    let file = match regular(dir, path, false) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
