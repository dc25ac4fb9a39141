//! `package.json`, and the scripts that start the program.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::archive_files::Files;
use super::faults::{Faults, Part};

/// The largest `package.json` that is read.
const MOST_BYTES: u64 = 64 * 1024;

/// The commands that the package has, and no others.
const COMMANDS: [&str; 2] = ["covibe-local", "covibe-mcp"];

/// The members that would have npm fetch something else.
const DEPENDENCIES: [&str; 5] = [
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "bundledDependencies",
    "bundleDependencies",
];

/// The first line of a script, with the end of a line as Unix has it.
const SHEBANG: &[u8] = b"#!/usr/bin/env node\n";

/// Checks `package.json` and the scripts. Returns the version.
pub(super) fn check(files: &Files, faults: &mut Faults) -> Option<String> {
    let package = read(files, "package.json", faults)?;
    let text = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").unwrap_or_default();
    let mut require =
        |holds: bool, fault: String| faults.require(Part::Description, holds, || fault);
    require(name == "co-vibe", format!("its name is \"{name}\", not \"co-vibe\""));
    let version = text("version").filter(|version| is_version(version));
    require(version.is_some(), "its version is not valid".to_owned());
    require(package.contains_key("license"), "it has no licence".to_owned());
    require(!is_filled(package.get("scripts")), "it has scripts, which npm would run".to_owned());
    for name in DEPENDENCIES {
        require(!is_filled(package.get(name)), format!("it has {name}"));
    }
    let node = package.get("engines").and_then(|engines| engines.get("node"));
    require(
        node.is_some_and(Value::is_string),
        "it does not say which version of Node it needs".to_owned(),
    );
    commands(&package, files, faults);
    version
}

/// Reads a JSON object of the package.
pub(super) fn read(files: &Files, path: &str, faults: &mut Faults) -> Option<Map<String, Value>> {
    let Some(file) = files.get(path) else {
        faults.add(Part::Description, format!("there is no package/{path}"));
        return None;
    };
    if file.size > MOST_BYTES {
        faults.add(Part::Description, format!("{path} is larger than 64 KiB"));
        return None;
    }
    match serde_json::from_slice(&file.content) {
        Ok(Unique(Value::Object(object))) => Some(object),
        Ok(_) => {
            faults.add(Part::Description, format!("{path} is not a JSON object"));
            None
        }
        Err(error) => {
            let at = format!("line {}", error.line());
            faults.add(
                Part::Description,
                format!("{path} is not JSON, or has a member twice ({at})"),
            );
            None
        }
    }
}

fn commands(package: &Map<String, Value>, files: &Files, faults: &mut Faults) {
    let none = Map::new();
    let bin = package.get("bin").and_then(Value::as_object).unwrap_or(&none);
    let mut names: Vec<_> = bin.keys().map(String::as_str).collect();
    names.sort_unstable();
    faults.require(Part::Description, names == COMMANDS, || {
        format!("its commands are {}, not {}", names.join(" and "), COMMANDS.join(" and "))
    });
    for (command, path) in bin {
        let path = path.as_str().unwrap_or_default();
        let path = path.strip_prefix("./").unwrap_or(path);
        match files.get(path) {
            None => faults.add(Part::Description, format!("the file of {command} does not exist")),
            Some(file) => {
                let is_script = file.content.starts_with(SHEBANG) && !file.content.contains(&b'\r');
                faults.require(Part::Description, is_script, || {
                    format!("{path} is not a script for Node")
                });
            }
        }
    }
}

fn is_filled(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

/// Returns whether a text is a version of three numbers, perhaps with what precedes a release.
fn is_version(text: &str) -> bool {
    let (numbers, before) = text.split_once('-').unwrap_or((text, "a"));
    let is_number = |part: &str| {
        let is_plain = part == "0" || !part.starts_with('0');
        !part.is_empty() && is_plain && part.bytes().all(|b| b.is_ascii_digit())
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    let is_before = !before.is_empty() && before.bytes().all(is_plain);
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && is_before
        && text.len() <= 64
}

/// A JSON value none of whose objects has a member twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if read.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a member appears twice"));
            }
        }
        Ok(read.into())
    }
}
