//! `cargo xtask contracts`: derives what the tests need from the vendors' API descriptions.

mod openapi_reduction;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// Where the derived files lie, relative to the root.
const FOLDER: &str = "crates/testkit/contracts";

/// The depth to which objects of a derived file are broken into lines: an operation or a schema has a line of its own.
const DEPTH: usize = 3;

/// Where the descriptions are.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder that holds coolify-openapi.json and gitea-swagger.json
    #[arg(long)]
    from: PathBuf,
    /// The release that Coolify's description is of, which does not name it
    #[arg(long)]
    coolify_version: String,
}

/// Writes a file for each vendor.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let coolify = read_json(&arguments.from.join("coolify-openapi.json"))?;
    write("Coolify", &arguments.coolify_version, &coolify)?;
    let gitea = read_json(&arguments.from.join("gitea-swagger.json"))?;
    let version = gitea["info"]["version"].as_str();
    write("Gitea", version.context("Gitea's description has no version")?, &gitea)
}

fn read_json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

fn write(vendor: &str, version: &str, description: &Value) -> Result<()> {
    let mut document = serde_json::Map::new();
    document.insert("vendor".to_owned(), vendor.into());
    document.insert("version".to_owned(), version.into());
    document.extend(openapi_reduction::document(description));
    let path = shell::root().join(FOLDER).join(vendor.to_lowercase()).with_extension("json");
    let text = text_of(&document.into());
    std::fs::write(&path, &text).with_context(|| path.display().to_string())?;
    println!("{}: {vendor} {version}, {} bytes", path.display(), text.len());
    Ok(())
}

/// Returns the text of a derived file: short lines where people look, compact below.
fn text_of(document: &Value) -> String {
    let mut text = String::new();
    write_value(document, 0, &mut text);
    text.push('\n');
    text
}

fn write_value(value: &Value, depth: usize, text: &mut String) {
    let members = value.as_object().filter(|members| depth < DEPTH && !members.is_empty());
    let Some(members) = members else {
        text.push_str(&value.to_string());
        return;
    };
    let mut mark = "{\n";
    for (name, value) in members {
        text.push_str(mark);
        text.push_str(&" ".repeat(depth + 1));
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push_str(": ");
        write_value(value, depth + 1, text);
        mark = ",\n";
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push('}');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operation_is_written_on_one_line_without_changing_the_document() {
        let document =
            json!({ "paths": { "/a": { "get": { "responses": { "200": {} } } }, "/b": {} } });
        let text = text_of(&document);
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines[..4],
            ["{", "\"paths\": {", "\"/a\": {", r#""get": {"responses":{"200":{}}}"#]
        );
        assert!(text.ends_with("\n}\n"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
