//! The records of packages, which `cargo xtask package` writes beside the files.

use semver::Version;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The name of the package.
const NAME: &str = "co-vibe";

/// The name of the package in the registry of its scope.
pub(super) const SCOPED_NAME: &str = "@co-vibe/local";

/// The longest version that is read.
const MAX_VERSION: usize = 64;

/// A package of one version.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Record {
    name: String,
    pub(super) version: Version,
    #[serde(flatten)]
    pub(super) plain: Tarball,
    /// The same under the name of the scope.
    pub(super) scoped: Scoped,
}

/// A tarball, as clients compare it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Tarball {
    /// In bytes.
    pub(super) size: u64,
    /// The SHA-512, as npm writes it.
    pub(super) integrity: String,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// The tarball for the registry.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Scoped {
    #[serde(flatten)]
    pub(super) tarball: Tarball,
    /// Its `package.json`.
    pub(super) package: Map<String, Value>,
}

impl Record {
    /// Reads the record of a version; none if it is not one.
    pub(super) fn read(version: &Version, text: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(text).ok()?;
        let described = [
            record.scoped.package.get("name").and_then(Value::as_str) == Some(SCOPED_NAME),
            record.scoped.package.get("version").and_then(Value::as_str)
                == Some(&version.to_string()),
            record.name == NAME,
            record.version == *version,
            record.plain.is_sound(),
            record.scoped.tarball.is_sound(),
        ];
        described.iter().all(|is_right| *is_right).then_some(record)
    }

    /// Returns the name of the file.
    pub(super) fn plain_file(&self) -> String {
        format!("{NAME}-{}.tgz", self.version)
    }

    /// Returns the name of the file for the registry.
    pub(super) fn scoped_file(&self) -> String {
        format!("{NAME}-local-{}.tgz", self.version)
    }
}

impl Tarball {
    fn is_sound(&self) -> bool {
        let is_digest =
            self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"+/=-".contains(&b);
        let is_integrity =
            self.integrity.starts_with("sha512-") && self.integrity.bytes().all(is_plain);
        self.size > 0 && is_digest && is_integrity
    }
}

/// Returns the version between the beginning and the ending of a name. It contains nothing that leads to another
/// folder, and no build metadata, which npm ignores when it compares versions.
pub(super) fn version_in(name: &str, beginning: &str, ending: &str) -> Option<Version> {
    let text = name.strip_prefix(beginning)?.strip_suffix(ending)?;
    let version = Version::parse(text).ok().filter(|version| version.build.is_empty())?;
    (text.len() <= MAX_VERSION).then_some(version)
}

/// Returns the version of the record with this file name.
pub(super) fn recorded_version(name: &str) -> Option<Version> {
    version_in(name, "co-vibe-", ".json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_are_read_only_from_valid_record_file_names() {
        let version = |name: &str| recorded_version(name).map(|version| version.to_string());
        assert_eq!(version("co-vibe-2.4.0.json").as_deref(), Some("2.4.0"));
        assert_eq!(version("co-vibe-2.4.0-rc.1.json").as_deref(), Some("2.4.0-rc.1"));
        for name in [
            "co-vibe-.json",
            "co-vibe-2.4.json",
            "co-vibe-2.4.0.tgz",
            "co-vibe-local-2.4.0.json",
            "co-vibe-2.4.0+build.json",
            "co-vibe-../../etc/passwd.json",
            "co-vibe-2.4.0/../x.json",
            "co-vibe-2.4.0-...json",
            "co-vibe-2.4.0\0.json",
        ] {
            assert_eq!(version(name), None, "{name}");
        }
        assert_eq!(version(&format!("co-vibe-1.0.0-{}.json", "a".repeat(64))), None);
    }

    #[test]
    fn a_record_with_another_name_version_or_digest_is_rejected() {
        let tarball = json!({ "size": 1, "integrity": "sha512-YQ==", "sha256": "0".repeat(64) });
        let mut record = tarball.clone();
        (record["name"], record["version"]) = (json!("co-vibe"), json!("2.4.0"));
        record["scoped"] = tarball;
        record["scoped"]["package"] = json!({ "name": "@co-vibe/local", "version": "2.4.0" });
        let read = |record: &Value| {
            Record::read(&Version::new(2, 4, 0), record.to_string().as_bytes()).is_some()
        };
        assert!(read(&record));
        for (member, wrong) in [
            ("/name", json!("another")),
            ("/version", json!("2.4.1")),
            ("/size", json!(0)),
            ("/integrity", json!("sha1-YQ==")),
            ("/sha256", json!("0")),
            ("/scoped/sha256", json!("\"")),
            ("/scoped/package/name", json!("co-vibe")),
            ("/scoped/package/version", json!("2.4.1")),
        ] {
            let mut other = record.clone();
            *other.pointer_mut(member).unwrap() = wrong;
            assert!(!read(&other), "{member}");
        }
    }
}
