//! The sizes of what the server keeps in files, and what is free beside it.

use std::fs;
use std::path::Path;

use covibe_config::Config;
use covibe_domain::Timestamp;
use rustix::fs::statvfs;
use serde_json::{Value, json};

/// The depth to which folders are looked into: a backup has its files in a folder of its own.
const DEPTH: usize = 3;

/// Returns the size of each folder, the number of its files, and when the youngest of them was written.
pub(super) fn read_sizes(config: &Config) -> Value {
    let export = config.retention.export.as_ref().map(covibe_store::ExportFolder::path);
    json!({
        "data": folder(&config.data_dir),
        "backups": folder(&config.backups()),
        "uploads": folder(&config.uploads()),
        "auditExport": export.map(folder),
    })
}

#[derive(Default)]
struct Sum {
    files: u64,
    bytes: u64,
    youngest: i64,
}

fn folder(path: &Path) -> Value {
    let mut sum = Sum::default();
    if let Err(error) = add(&mut sum, path, DEPTH) {
        return json!({ "unavailable": error.kind().to_string() });
    }
    let free = statvfs(path).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let youngest = (sum.files > 0).then(|| Timestamp::from_millis(sum.youngest));
    json!({ "files": sum.files, "bytes": sum.bytes, "youngest": youngest, "freeBytes": free })
}

fn add(sum: &mut Sum, path: &Path, depth: usize) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_file() {
            let written =
                about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            sum.files += 1;
            sum.bytes += about.len();
            sum.youngest = sum.youngest.max(i64::try_from(written.as_millis()).unwrap_or(i64::MAX));
        } else if about.is_dir() && depth > 0 {
            add(sum, &entry.path(), depth - 1)?;
        }
    }
    Ok(())
}
