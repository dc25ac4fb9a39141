//! `cargo xtask contracts`: derives what the tests need from the vendors' API descriptions.

mod file;
mod reduce;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// Where the derived files lie, relative to the root.
const FOLDER: &str = "crates/testkit/contracts";

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
    document.extend(reduce::document(description));
    let path = shell::root().join(FOLDER).join(vendor.to_lowercase()).with_extension("json");
    let text = file::text(&document.into());
    std::fs::write(&path, &text).with_context(|| path.display().to_string())?;
    println!("{}: {vendor} {version}, {} bytes", path.display(), text.len());
    Ok(())
}
