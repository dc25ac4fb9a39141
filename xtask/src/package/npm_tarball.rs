//! A tarball as npm reads it: the same files make the same bytes.

use std::io::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use tar::{Builder, EntryType, Header};

/// The folder of a tarball that npm removes from the paths.
const ROOT: &str = "package";

/// When each file was changed, which is what npm writes: some programs refuse files from 1970.
const CHANGED: u64 = 499_162_500;

/// A file of the package.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it is in the package.
    pub(super) path: String,
    /// True if it is a program.
    pub(super) is_program: bool,
    /// Its bytes.
    pub(super) content: Vec<u8>,
}

impl File {
    /// Returns a file with this text.
    pub(super) fn text(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), is_program: false, content: text.as_bytes().to_vec() }
    }

    /// Returns a program.
    pub(super) fn program(path: &str, content: &[u8]) -> Self {
        Self { path: path.to_owned(), is_program: true, content: content.to_vec() }
    }

    /// Returns its rights in the file system.
    pub(super) const fn mode(&self) -> u32 {
        if self.is_program { 0o755 } else { 0o644 }
    }
}

/// Returns the tarball with these files. Nothing in it depends on who makes it, when and where.
pub(super) fn tarball(mut files: Vec<File>) -> Result<Vec<u8>> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for file in &files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(file.mode());
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(CHANGED);
        header.set_size(u64::try_from(file.content.len())?);
        builder.append_data(&mut header, format!("{ROOT}/{}", file.path), &*file.content)?;
    }
    let mut encoder = builder.into_inner()?;
    encoder.flush()?;
    Ok(encoder.finish()?)
}

/// Returns the values that clients compare a tarball with: its size, its SHA-256 in hexadecimal digits, and npm's `integrity`.
pub(super) fn describe_tarball(tarball: &[u8]) -> Value {
    json!({
        "size": tarball.len(),
        "integrity": format!("sha512-{}", STANDARD.encode(Sha512::digest(tarball))),
        "sha256": sha256(tarball),
    })
}

/// Returns the SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn files() -> Vec<File> {
        vec![
            File::text("package.json", "{}"),
            File::program("vendor/linux-x64/covibe-local", b"\x7fELF"),
            File::program("bin/covibe-local.js", b"#!/usr/bin/env node\n"),
        ]
    }

    #[test]
    fn the_same_files_in_any_order_make_the_same_bytes() {
        let tarball = super::tarball(files()).unwrap();
        assert_eq!(tarball, super::tarball(files().into_iter().rev().collect()).unwrap());
        assert_eq!(&tarball[4..8], [0; 4], "gzip's time");
    }

    #[test]
    fn tarball_entries_are_regular_files_owned_by_root_with_fixed_modes() {
        let tarball = super::tarball(files()).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*tarball));
        let mut modes = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert!(header.as_ustar().is_some() && header.entry_type().is_file());
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            assert_eq!(header.mtime().unwrap(), CHANGED);
            let path = entry.path().unwrap().display().to_string();
            modes.insert(path, header.mode().unwrap());
        }
        let expected = [
            ("package/bin/covibe-local.js", 0o755),
            ("package/package.json", 0o644),
            ("package/vendor/linux-x64/covibe-local", 0o755),
        ];
        assert_eq!(modes, expected.map(|(path, mode)| (path.to_owned(), mode)).into());
    }

    #[test]
    fn a_tarball_is_described_with_size_and_npm_integrity() {
        let described = describe_tarball(b"abc");
        assert_eq!(described["size"], 3);
        let integrity = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
        assert_eq!(described["integrity"], integrity);
    }
}
