//! The digests of files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Returns the length and the SHA-256 of a file.
pub(super) fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let (mut file, mut hash, mut length) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, hex::encode(hash.finalize())));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        length += read as u64;
    }
}
