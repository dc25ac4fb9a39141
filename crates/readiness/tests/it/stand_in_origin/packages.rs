//! Packages: a sound one, and what is wrong with others.

use std::io::Write as _;
use std::sync::LazyLock;

use covibe_readiness_checks::expected_surface::surface;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An entry of an archive.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) kind: u8,
}

/// The files of a package, before they are packed.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) package: Value,
    pub(crate) manifest: Value,
    pub(crate) entries: Vec<Entry>,
}

const PROGRAM: &str = "vendor/linux-x64/covibe-local";

/// Bytes that look random, so that they do not compress.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..300 * 1024).map(|_| next()).collect()
});

/// Returns a program for Linux on x86-64.
pub(crate) fn program() -> Vec<u8> {
    let mut program = NOISE.clone();
    program[..4].copy_from_slice(b"\x7fELF");
    program[18..20].copy_from_slice(&[62, 0]);
    program
}

pub(crate) fn entry(path: &str, content: &[u8]) -> Entry {
    let mode = if path.contains("/bin/") || path.contains("/vendor/") { 0o755 } else { 0o644 };
    Entry { path: path.to_owned(), content: content.to_vec(), mode, kind: b'0' }
}

impl Files {
    pub(crate) fn sound() -> Self {
        let script = b"#!/usr/bin/env node\n'use strict';\n";
        let program = program();
        let package = json!({
            "name": "co-vibe",
            "version": surface().version,
            "license": "UNLICENSED",
            "bin": { "covibe-local": "bin/covibe-local.js", "covibe-mcp": "bin/covibe-mcp.js" },
            "engines": { "node": ">=18" },
        });
        let manifest = json!({
            "version": surface().version,
            "platforms": [{
                "platform": "linux-x64",
                "target": "x86_64-unknown-linux-musl",
                "file": PROGRAM,
                "size": program.len(),
                "sha256": hex::encode(Sha256::digest(&program)),
            }],
        });
        let entries = vec![
            entry("package/README.md", b"# Co-Vibe\n"),
            entry("package/bin/covibe-local.js", script),
            entry("package/bin/covibe-mcp.js", script),
            entry(&format!("package/{PROGRAM}"), &program),
        ];
        Self { package, manifest, entries }
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Returns the entry of the program.
    pub(crate) fn program(&mut self) -> &mut Entry {
        self.entries
            .iter_mut()
            .find(|entry| entry.path.ends_with(PROGRAM))
            .expect("it can be packed")
    }

    /// Returns the archive without compression.
    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut all = self.entries.clone();
        all.push(entry("package/package.json", self.package.to_string().as_bytes()));
        all.push(entry("package/manifest.json", self.manifest.to_string().as_bytes()));
        archive(&all)
    }

    /// Returns the package.
    pub(crate) fn pack(&self) -> Vec<u8> {
        gzip(&self.archive())
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("it can be packed");
    encoder.finish().expect("it can be packed")
}

pub(crate) fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut archive = Vec::new();
    for entry in entries {
        archive.extend_from_slice(&header(entry));
        archive.extend_from_slice(&entry.content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn header(entry: &Entry) -> [u8; 512] {
    let mut block = [0; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, entry.path.as_bytes());
    put(100, format!("{:07o}\0", entry.mode).as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", entry.content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[entry.kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}
