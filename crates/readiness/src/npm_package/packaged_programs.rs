//! The programs of a package, and `manifest.json`, which lists them.

use serde_json::Value;

use super::archive_files::{File, Files};
use super::faults::{Faults, Part};
use super::package_json;

/// The smallest program: what is smaller does not contain one.
const LEAST_BYTES: u64 = 200 * 1024;

/// The platforms: the folder, the first bytes of a program, and where its machine is named.
const PLATFORMS: [(&str, &[u8], usize, &[u8]); 4] = [
    ("linux-x64", b"\x7fELF", 18, &[62, 0]),
    ("linux-arm64", b"\x7fELF", 18, &[183, 0]),
    ("darwin-x64", &[0xcf, 0xfa, 0xed, 0xfe], 4, &[7, 0, 0, 1]),
    ("darwin-arm64", &[0xcf, 0xfa, 0xed, 0xfe], 4, &[12, 0, 0, 1]),
];

/// Checks that each program is the one that is listed, and that each is listed.
pub(super) fn check(files: &Files, version: Option<&str>, faults: &mut Faults) {
    let Some(manifest) = package_json::read(files, "manifest.json", faults) else { return };
    let listed_version = manifest.get("version").and_then(Value::as_str);
    faults.require(Part::Programs, listed_version == version, || {
        "manifest.json and package.json have different versions".to_owned()
    });
    let none = Vec::new();
    let listed = manifest.get("platforms").and_then(Value::as_array).unwrap_or(&none);
    faults.require(Part::Programs, !listed.is_empty(), || {
        "manifest.json lists no programs".to_owned()
    });
    let mut known = Vec::new();
    for each in listed {
        known.extend(each.get("file").and_then(Value::as_str));
        if let Err(fault) = check_listed(each, files) {
            faults.add(Part::Programs, fault);
        }
    }
    for path in files.keys().filter(|path| path.starts_with("vendor/")) {
        faults.require(Part::Programs, known.contains(&path.as_str()), || {
            format!("{path} is not in manifest.json")
        });
    }
}

fn check_listed(listed: &Value, files: &Files) -> Result<(), String> {
    let text = |name: &str| listed.get(name).and_then(Value::as_str).unwrap_or_default();
    let (platform, path) = (text("platform"), text("file"));
    let file = files.get(path).ok_or_else(|| format!("the program for {platform} is missing"))?;
    if !path.starts_with(&format!("vendor/{platform}/")) {
        return Err(format!("{path} is not in the folder of {platform}"));
    }
    let size = listed.get("size").and_then(Value::as_u64);
    if size != Some(file.size) || text("sha256") != file.sha256 {
        return Err(format!("{path} is not the program that manifest.json lists"));
    }
    if file.size < LEAST_BYTES {
        return Err(format!("{path} has only {} bytes", file.size));
    }
    check_platform(platform, path, file)
}

fn check_platform(platform: &str, path: &str, file: &File) -> Result<(), String> {
    let known = PLATFORMS.iter().find(|(name, ..)| *name == platform);
    let Some((_, magic, at, machine)) = known else {
        return Err(format!("{platform} is not a platform of the companion"));
    };
    let is_of_machine = file.content.get(*at..).is_some_and(|rest| rest.starts_with(machine));
    if file.content.starts_with(magic) && is_of_machine {
        Ok(())
    } else {
        Err(format!("{path} is not a program for {platform}"))
    }
}
