//! `configs` and `secrets`: files whose text is in the compose file.

use std::collections::HashSet;

use super::rewriter::{Rewriter, services};
use crate::file_location::Location;
use crate::refusals;
use crate::variables::docker_compose_interpolation::name_length;
use crate::variables::interpolation_parts::{self, Part};
use crate::yaml;
use crate::yaml_tree::Tree;

/// Puts the text of each file of the repository that a config names into the compose file.
pub(super) fn inline(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let Some(repository) = rewriter.repository else { return };
    let at = Location::file().key("configs");
    let mut written = 0;
    for (name, config) in file.get_mut("configs").map(Tree::members_mut).unwrap_or_default() {
        let path = config.get("file").and_then(Tree::as_str).and_then(|it| repository.resolve(it));
        let Some(path) = path else { continue };
        if let Some(link) = repository.link_on(&path) {
            rewriter.refuse(&at.key(name).key("file"), refusals::committed_link(link));
            continue;
        }
        let Some(text) = repository.file(&path).and_then(|file| file.text()) else { continue };
        // Docker Compose makes no file of an empty text, and replaces variables in a content alone.
        let text = if text.is_empty() { "\n".to_owned() } else { text.replace('$', "$$") };
        // The whole is refused for its size by then, and many copies of a text take much memory.
        let text = if written > yaml::LONGEST { "\n".to_owned() } else { text };
        written += text.len();
        config.remove("file");
        config.set("content", Tree::Text(text));
        rewriter.note(
            &at.key(name).key("file"),
            "became its content",
            "Coolify does not mount files of a repository",
        );
    }
}

/// Doubles every `$` of a text that was pasted as it is: one without `$$`, and without `${NAME}` of
/// a variable that the call sets or the file uses elsewhere.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let known = known_names(file);
    let at = Location::file().key("configs");
    for (name, config) in file.get_mut("configs").map(Tree::members_mut).unwrap_or_default() {
        let Some(Tree::Text(text)) = config.get_mut("content") else { continue };
        let is_known = |name: &str| known.contains(name) || rewriter.values.get(name).is_some();
        if text.contains('$') && !is_written_with_variables(text, is_known) {
            *text = text.replace('$', "$$");
            let why = "Docker Compose would take each $ for the start of a variable";
            rewriter.note(&at.key(name).key("content"), "doubled every $", why);
        }
    }
}

/// Returns whether a text was written with variables in mind: it has `$$`, or a known variable that it names in braces,
/// too.
fn is_written_with_variables(text: &str, is_known: impl Fn(&str) -> bool) -> bool {
    let braced: HashSet<&str> =
        text.split("${").skip(1).map(|after| &after[..name_length(after)]).collect();
    interpolation_parts::parts(text).iter().any(|part| match part {
        Part::Dollar => true,
        Part::Variable(variable) => braced.contains(variable.name) && is_known(variable.name),
        Part::Text(_) | Part::Stray => false,
    })
}

fn known_names(file: &Tree) -> HashSet<String> {
    let mut names = HashSet::new();
    for (_, service) in services(file) {
        for (key, value) in service.get("environment").map(Tree::members).unwrap_or_default() {
            names.insert(key.clone());
            let referred = interpolation_parts::names(value.as_str().unwrap_or_default());
            names.extend(referred.into_iter().map(str::to_owned));
        }
    }
    names
}

/// Refuses a read-only container with configs or secrets, whose text docker copies into it.
pub(super) fn rewrite_reading(
    rewriter: &mut Rewriter<'_>,
    _: &str,
    at: &Location,
    service: &mut Tree,
) {
    let has = |key: &str| service.get(key).is_some_and(|items| !items.items().is_empty());
    if service.get("read_only") == Some(&Tree::Bool(true)) && (has("configs") || has("secrets")) {
        rewriter.refuse(&at.key("read_only"), refusals::read_only_with_files());
    }
}
