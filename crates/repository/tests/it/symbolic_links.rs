//! Trees with random links, on a real file system: whatever is accepted leads nowhere outside.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use covibe_repository::{Entry, Mode, Survey};
use proptest::prelude::*;

/// Random trees: links by their path, at folders that exist.
fn links() -> impl Strategy<Value = BTreeMap<String, String>> {
    let folder = prop_oneof![Just(""), Just("a/"), Just("a/b/"), Just("a/b/c/")];
    let name = prop_oneof![Just("x"), Just("y"), Just("z")];
    let segment = prop_oneof![
        Just(".."),
        Just("."),
        Just("a"),
        Just("b"),
        Just("c"),
        Just("x"),
        Just("y"),
        Just("z"),
        Just("")
    ];
    let target = prop::collection::vec(segment, 1..6).prop_map(|segments| segments.join("/"));
    prop::collection::btree_map((folder, name).prop_map(|(f, n)| format!("{f}{n}")), target, 1..6)
}

/// Returns whether a verdict accepts these links.
fn is_accepted(links: &BTreeMap<String, String>) -> bool {
    let mut survey = Survey::default();
    for path in links.keys() {
        survey.add(Entry { path: path.clone(), mode: Mode::Link, id: path.clone(), size: None });
    }
    let blobs: HashMap<_, _> =
        links.iter().map(|(path, target)| (path.clone(), target.clone().into_bytes())).collect();
    survey.verdict(&blobs).problems().is_empty()
}

/// Where a path leads, as the kernel follows it; `None` if nowhere.
fn leads(root: &Path, path: &str) -> Option<PathBuf> {
    fs::canonicalize(root.join(path)).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn accepted_links_resolve_inside_the_repository(links in links()) {
        if is_accepted(&links) {
            let outer = tempfile::tempdir().unwrap();
            let root = outer.path().canonicalize().unwrap().join("deep/er/repository");
            fs::create_dir_all(root.join("a/b/c")).unwrap();
            for (path, target) in &links {
                symlink(target, root.join(path)).unwrap();
            }
            for path in links.keys() {
                if let Some(found) = leads(&root, path) {
                    prop_assert!(found.starts_with(&root), "{path} of {links:?} leads to {found:?}");
                }
            }
        }
    }

    #[test]
    fn any_file_content_is_surveyed_without_a_panic(name in "(a/)?(nixpacks.toml|nixpacks.json|.gitattributes|.gitmodules)",
                             content in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut survey = Survey::default();
        survey.add(Entry { path: name, mode: Mode::File, id: "1".to_owned(), size: None });
        survey.add(Entry { path: "m".to_owned(), mode: Mode::Submodule, id: "2".to_owned(), size: None });
        survey.verdict(&HashMap::from([("1".to_owned(), content)]));
    }
}
