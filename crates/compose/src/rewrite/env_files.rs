//! `env_file` in a repository: Coolify replaces it by the variables of the app (4.3.11), so that those of a committed
//! file become the service's own.

use std::collections::HashSet;

use super::normalization;
use super::rewriter::Rewriter;
use crate::file_location::Location;
use crate::judge::key_tables::MOST_MEMBERS;
use crate::refusals;
use crate::yaml_tree::{Members, Tree};

const READ: &str = "Coolify does not read such a file; values from envs or environment take \
                    precedence";

/// Adds the variables of committed files to the environment of a service, and removes the files.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let Some(repository) = rewriter.repository else { return };
    let files = service.get("env_file").map(paths).unwrap_or_default();
    for path in files.iter().filter_map(|path| repository.resolve(path)) {
        if let Some(link) = repository.link_on(&path) {
            rewriter.refuse(&at.key("env_file"), refusals::committed_link(link));
        }
    }
    let text = |path: &String| repository.file(&repository.resolve(path)?)?.text();
    let (there, missing): (Vec<_>, Vec<_>) = files.iter().partition(|path| text(path).is_some());
    if there.is_empty() {
        return;
    }
    let own = service.get("environment").map(Tree::members).unwrap_or_default();
    let mut taken: HashSet<String> = own.iter().map(|(name, _)| name.clone()).collect();
    // Of a name in several files the last counts, so they are read from the end, each once.
    let mut read = HashSet::new();
    let texts = there.iter().rev().filter(|path| read.insert(path.as_str()));
    let all =
        texts.filter_map(|path| text(path)).flat_map(|text| variables(text).into_iter().rev());
    // Coolify gives the container what is set, and the environment of the file would win.
    let added = all.filter(|(name, _)| !rewriter.values.is_set(name) && taken.insert(name.clone()));
    // The judge refuses one more than it permits, before the others are looked at.
    let added = added.take(MOST_MEMBERS + 1).map(|(name, value)| (name, Tree::Text(value)));
    let mut all: Members = added.collect();
    all.reverse();
    all.extend(own.iter().cloned());
    // Missing files are reported with the dropped ones.
    let missing: Vec<_> = missing.into_iter().map(Tree::text).collect();
    service.remove("env_file");
    if !missing.is_empty() {
        service.set("env_file", Tree::List(missing));
    }
    if !all.is_empty() {
        let mut all = Tree::Map(all);
        normalization::bound(rewriter, &at.key("environment"), &mut all);
        service.set("environment", all);
    }
    rewriter.note(&at.key("env_file"), "became variables of the service", READ);
}

/// Returns the paths of one file or several.
pub(crate) fn paths(files: &Tree) -> Vec<String> {
    let path = |item: &Tree| item.get("path").unwrap_or(item).as_str().map(str::to_owned);
    match files {
        Tree::List(items) => items.iter().filter_map(path).collect(),
        one => path(one).into_iter().collect(),
    }
}

/// Returns the variables of a text in the form that Docker Compose reads: `NAME=value`, with or without quotes, within
/// which a value may have several lines. A value in single quotes has no variables.
fn variables(text: &str) -> Vec<(String, String)> {
    let (mut found, mut lines) = (Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, mut value) = (name.trim().to_owned(), value.trim().to_owned());
        if name.starts_with('#') || name.is_empty() {
            continue;
        }
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let closes = |text: &str| quote.is_none_or(|quote| text.contains(quote));
        let mut is_closed = quote.is_none() || closes(&value[1..]);
        while !is_closed && let Some(more) = lines.next() {
            value.push('\n');
            value.push_str(more);
            is_closed = closes(more);
        }
        found.push((name, read_value(&value, quote)));
    }
    found
}

/// Returns the meaning of a value that begins with this quote, or with none.
fn read_value(value: &str, quote: Option<char>) -> String {
    let Some(quote) = quote else {
        return value.split(" #").next().unwrap_or_default().trim().to_owned();
    };
    let inner = value[1..].rsplit_once(quote).map_or(&value[1..], |(inner, _)| inner);
    if quote == '\'' {
        inner.replace('$', "$$")
    } else {
        inner.replace("\\n", "\n").replace("\\\"", "\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_env_files_as_docker_compose_does() {
        let text = "# a comment\nA=1\nexport B = two words # not this\nC='$x # y'\nD=\"a\\nb\"\n\nno\nE=\nF=\"one\ntwo=2\"\n";
        let read = variables(text);
        let pairs = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "$$x # y"),
            ("D", "a\nb"),
            ("E", ""),
            ("F", "one\ntwo=2"),
        ];
        assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
