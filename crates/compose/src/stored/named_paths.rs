//! The paths of a repository that a compose file names.

use std::collections::BTreeMap;

use crate::repository::{Repository, below};
use crate::rewrite::{env_files, services};
use crate::yaml;
use crate::yaml_tree::Tree;

/// The maximum number of paths that a compose file may name, and of files that are read for it.
pub const MAX_NAMED: usize = 500;

/// Returns the paths from the root of the repository that a compose file of it names besides those of builds: what
/// services mount, their files of variables, and those of configs. Each comes with whether its texts may become part of
/// the file: those of a folder that a service is built from, and mounts over its image, do not. A text that exceeds a
/// limit or can't be read names nothing. Returns `None` if there are more paths than a file may name.
pub(super) fn named_paths(
    text: &str,
    repository: &Repository,
    is_file: impl Fn(&str) -> bool,
) -> Option<BTreeMap<String, bool>> {
    let mut named = BTreeMap::new();
    let Ok(root) = yaml::read(text) else { return Some(named) };
    let file = Tree::from(&*root);
    let mut name = |path: Option<String>, is_part: bool| {
        if let Some(path) = path {
            *named.entry(path).or_default() |= is_part;
        }
        (named.len() <= MAX_NAMED).then_some(())
    };
    for (_, service) in services(&file) {
        let context = context(service).and_then(|it| repository.resolve(it));
        for mount in service.get("volumes").map(Tree::items).unwrap_or_default() {
            let path = source(mount).and_then(|it| repository.resolve(it));
            let is_in_image = |path: &String| {
                let is_below = |context: &String| below(path, context).is_some();
                context.as_ref().is_some_and(is_below) && !is_file(path)
            };
            let is_part = path.as_ref().is_some_and(|path| !is_in_image(path));
            name(path, is_part)?;
        }
        for path in service.get("env_file").map(env_files::paths).unwrap_or_default() {
            name(repository.resolve(&path), true)?;
        }
    }
    for (_, config) in file.get("configs").map(Tree::members).unwrap_or_default() {
        let path = config.get("file").and_then(Tree::as_str);
        name(path.and_then(|it| repository.resolve(it)), true)?;
    }
    Some(named)
}

/// Returns the folder that a service is built from.
fn context(service: &Tree) -> Option<&str> {
    let build = service.get("build").filter(|build| !build.is_null())?;
    match build {
        Tree::Map(_) => Some(build.get("context").and_then(Tree::as_str).unwrap_or(".")),
        context => context.as_str(),
    }
}

/// Returns the source of a mount that may be a path.
fn source(mount: &Tree) -> Option<&str> {
    let source = match mount {
        Tree::Map(_) => mount.get("source").and_then(Tree::as_str)?,
        text => text.as_str()?.split_once(':')?.0,
    };
    source.contains(['/', '.']).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(String, bool)> {
        let repository = Repository::new("/", "/compose.yml");
        let named = named_paths(text, &repository, |path| path == "c.txt");
        named.unwrap().into_iter().collect()
    }

    #[test]
    fn the_paths_that_a_file_names_are_listed() {
        let text = "services:\n  a: {image: a, volumes: ['./x:/x:ro', 'data:/y', {type: bind, source: ./z, target: /z}], \
                    env_file: .env}\nconfigs: {c: {file: ./c.txt}}\nvolumes: {data: {}}\n";
        let paths = [".env", "c.txt", "x", "z"].map(|path| (path.to_owned(), true));
        assert_eq!(named(text), paths);
        assert!(named(": [").is_empty());
    }

    #[test]
    fn folders_that_an_image_has_are_not_part_of_the_file() {
        let text = "services:\n  a: {build: ., volumes: ['.:/app', './c.txt:/c', './src:/src', './both:/b']}\n  \
                    b: {build: {context: ./web}, volumes: ['./web/x:/x', './both:/b']}\n";
        let paths =
            [("", false), ("both", true), ("c.txt", true), ("src", false), ("web/x", false)];
        assert_eq!(named(text), paths.map(|(path, is_part)| (path.to_owned(), is_part)));
    }
    #[test]
    fn a_file_names_as_many_paths_as_it_may_however_often() {
        let naming = |count: usize| {
            let mount = |n: usize| format!("./{n}:/{n}, ");
            let mounts: String = (0..count).map(mount).collect();
            let again = "  b: {image: b, volumes: *v}\n  c: {image: c, volumes: *v}\n";
            let text = format!("services:\n  a: {{image: a, volumes: &v [{mounts}]}}\n{again}");
            let named = named_paths(&text, &Repository::new("/", "/compose.yml"), |_| false);
            named.map(|named| named.len())
        };
        assert_eq!((naming(MAX_NAMED), naming(MAX_NAMED + 1)), (Some(MAX_NAMED), None));
    }
}
