//! The page that is computed from the catalog.

use std::path::Path;

use covibe_readiness_checks::report::runbook;

#[test]
fn the_runbook_matches_the_catalog() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbook.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == runbook(),
        "docs/runbook.md is not what the catalog says. Run: \
         cargo run -p covibe-readiness -- runbook > docs/runbook.md"
    );
}
