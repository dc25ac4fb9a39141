//! The pages and files that are generated from the registry and the cookbook: each is current.

use std::path::Path;

use covibe_operation::surface;
use covibe_tools::{cookbook, registry, skill};

/// Fails if a file of the repository differs from the output of `covibe-server tools --format FORMAT`.
fn assert_current(file: &str, format: &str, generated: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
    assert!(
        text.trim_end() == generated.trim_end(),
        "{file} is out of date. Run: cargo run -p covibe-server -- tools --format {format} > {file}"
    );
}

#[test]
fn docs_tools_md_matches_the_generated_page() {
    assert_current("docs/tools.md", "markdown", &surface::markdown(&registry()));
}

#[test]
fn readiness_surface_json_matches_the_registry() {
    let outline = format!("{:#}", surface::outline(&registry()));
    assert_current("crates/readiness/src/surface.json", "surface", &outline);
}

#[test]
fn docs_troubleshooting_md_matches_the_cookbook() {
    assert_current("docs/troubleshooting.md", "cookbook", &cookbook(&registry()).markdown());
}

#[test]
fn the_companions_skill_md_matches_the_cookbook() {
    assert_current("crates/companion/src/setup/skill.md", "skill", &skill(&registry()));
}
