//! The paths of a repository that a compose file names.

use std::collections::BTreeSet;

use crate::pipeline::read_stored;
use crate::rewrite::{env_files, services};
use crate::tree::Tree;

/// Returns the paths that a file names besides those of builds: what services mount, their files of variables, and
/// those of configs. They are as the file writes them, and may lead anywhere. None of a text that can't be read.
pub fn named_paths(text: &str) -> Vec<String> {
    let Some(file) = read_stored(text) else { return Vec::new() };
    let mut named = BTreeSet::new();
    for (_, service) in services(&file) {
        let mounts = service.get("volumes").map(Tree::items).unwrap_or_default();
        named.extend(mounts.iter().filter_map(source));
        named.extend(service.get("env_file").map(env_files::paths).unwrap_or_default());
    }
    for (_, config) in file.get("configs").map(Tree::members).unwrap_or_default() {
        named.extend(config.get("file").and_then(Tree::as_str).map(str::to_owned));
    }
    named.into_iter().collect()
}

/// Returns the source of a mount that may be a path.
fn source(mount: &Tree) -> Option<String> {
    let source = match mount {
        Tree::Map(_) => mount.get("source").and_then(Tree::as_str)?,
        text => text.as_str()?.split_once(':')?.0,
    };
    source.contains(['/', '.']).then(|| source.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_that_a_file_names_are_listed() {
        let text = "services:\n  a: {build: ., volumes: ['./x:/x:ro', 'data:/y', {type: bind, source: ./z, target: /z}], \
                    env_file: .env}\nconfigs: {c: {file: ./c.txt}}\nvolumes: {data: {}}\n";
        assert_eq!(named_paths(text), ["./c.txt", "./x", "./z", ".env"]);
        assert!(named_paths(": [").is_empty());
    }
}
