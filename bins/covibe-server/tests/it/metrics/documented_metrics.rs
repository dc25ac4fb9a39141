//! The metrics that the operator's manual names.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ON, Page, backups, limited_world, make_busy};
use crate::server_process::Server;

/// Returns the names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("covibe_") || word.starts_with("process_")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_names_exactly_the_metrics_that_exist() {
    let world = limited_world().await;
    let folder = backups();
    let at = folder.path().to_str().expect("UTF-8");
    let server = Server::start_with(&world, &[ON, ("COVIBE_BACKUP_DIR", at)]);
    make_busy(&world, &[&server.agent(&world.mark)]).await;
    let page = Page::fetch(&server).await;
    let mut known: BTreeSet<_> = page.0.iter().map(|sample| sample.name.as_str()).collect();
    let histograms: Vec<_> = known.iter().filter_map(|name| name.strip_suffix("_bucket")).collect();
    known.extend(histograms);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating/monitoring.md");
    let text = std::fs::read_to_string(docs).expect("the page");
    // Names of roles of the database.
    let others = ["covibe_admin", "covibe_runtime", "covibe_backup", "covibe_owner"];
    let named: BTreeSet<_> = names(&text).into_iter().filter(|it| !others.contains(it)).collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let families = known.iter().map(|name| {
        name.trim_end_matches("_bucket").trim_end_matches("_count").trim_end_matches("_sum")
    });
    let undocumented: BTreeSet<_> =
        families.filter(|family| !named.iter().any(|name| name.starts_with(family))).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}
