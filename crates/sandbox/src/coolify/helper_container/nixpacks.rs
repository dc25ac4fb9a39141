//! The plan of a repository for nixpacks, as far as it acts on the helper container.

use std::path::{Component, Path};

use serde_json::Value;

/// Names on which the programs of the helper act: a few of many.
const ACTING: [&str; 6] =
    ["PATH", "BASH_ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "DOCKER_HOST", "GIT_CONFIG_COUNT"];

/// Returns what of a plan takes over the host. One that can't be parsed fails the build.
pub(super) fn breaches(path: &Path, content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let plan = if is_json {
        serde_json::from_str::<Value>(&text).ok()
    } else {
        toml::from_str::<toml::Table>(&text).ok().and_then(|plan| serde_json::to_value(plan).ok())
    };
    let Some(plan) = plan else { return Vec::new() };
    let names = |table: &str| plan[table].as_object().into_iter().flatten().map(|(name, _)| name);
    let variables = names("variables").filter(|name| runs_code(name));
    let assets = names("staticAssets").filter(|name| leads_out(name));
    let variables = variables.map(|name| format!("runs the variable {name}"));
    variables.chain(assets.map(|name| format!("writes the asset {name}"))).collect()
}

/// Returns whether a shell that sources `NAME='…'` does more than set a variable of the build.
fn runs_code(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    ACTING.contains(&name) || !name.chars().all(is_plain)
}

/// Returns whether a path leads out of the folder that it is joined to.
fn leads_out(name: &str) -> bool {
    !Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}
