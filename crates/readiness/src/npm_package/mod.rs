//! The package of the companion, checked while it is received. It is never written to a disk.

mod archive_files;
mod archive_paths;
mod faults;
mod gunzip_stream;
mod package_json;
mod packaged_programs;
mod tar_header;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256, Sha512};
use tokio::sync::mpsc;

use crate::client::{Client, HttpAnswer, Request, Trouble};

pub use faults::{Faults, Part};

/// The path of the package.
pub const PATH: &str = "/downloads/co-vibe.tgz";

/// The smallest package: 20 KiB. A smaller one contains no program.
pub const LEAST: u64 = 20 * 1024;

/// The largest package: 64 MiB.
pub const MOST: u64 = 64 * 1024 * 1024;

/// The parts that wait between the connection and the reading.
const WAITING: usize = 16;

/// The findings about a package after it was received.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The answer, without its body.
    pub answer: HttpAnswer,
    /// The bytes that were received, if all of them were.
    pub received: Option<Received>,
    /// The version in `package.json`.
    pub version: Option<String>,
    /// The faults.
    pub faults: Faults,
}

/// The bytes of a package, as clients compare them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Their number.
    pub size: u64,
    /// The SHA-512, as npm writes it.
    pub integrity: String,
    /// The SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// Receives the package, and reads it meanwhile. Answers other than 200 are not read.
///
/// # Errors
///
/// The answer was not received to its end.
pub async fn inspect(client: &Client) -> Result<Inspection, Trouble> {
    let mut head = client.open(Request::get(PATH)).await?;
    let answer = head.answer.clone();
    if answer.status != 200 {
        return Ok(Inspection { answer, received: None, version: None, faults: Faults::default() });
    }
    let (sender, parts) = mpsc::channel::<Bytes>(WAITING);
    let reading = tokio::task::spawn_blocking(move || read(parts));
    let (mut hex_digest, mut npm_digest, mut size) = (Sha256::new(), Sha512::new(), 0_u64);
    let mut is_whole = true;
    while let Some(part) = client.next_part(&mut head).await? {
        size += u64::try_from(part.len()).unwrap_or_default();
        hex_digest.update(&part);
        npm_digest.update(&part);
        if size > MOST || sender.send(part).await.is_err() {
            is_whole = false;
            break;
        }
    }
    drop(sender);
    let (version, faults) = reading.await.unwrap_or_else(|_| (None, unread()));
    let received = is_whole.then(|| Received {
        size,
        integrity: format!("sha512-{}", STANDARD.encode(npm_digest.finalize())),
        sha256: hex::encode(hex_digest.finalize()),
    });
    Ok(Inspection { answer, received, version, faults })
}

fn unread() -> Faults {
    let mut faults = Faults::default();
    faults.add(Part::Archive, "it could not be read");
    faults
}

/// Reads the package from its parts as they arrive.
fn read(parts: mpsc::Receiver<Bytes>) -> (Option<String>, Faults) {
    let mut faults = Faults::default();
    let version = archive(parts, &mut faults).unwrap_or_else(|fault| {
        faults.add(Part::Archive, fault);
        None
    });
    (version, faults)
}

fn archive(parts: mpsc::Receiver<Bytes>, faults: &mut Faults) -> Result<Option<String>, String> {
    let mut archive = gunzip_stream::Gunzip::new(gunzip_stream::Arriving::new(parts))?;
    let files = archive_files::read(&mut archive, faults)?;
    archive.finish()?;
    let version = package_json::check(&files, faults);
    packaged_programs::check(&files, version.as_deref(), faults);
    Ok(version)
}
