//! `env_file` in a repository: Coolify replaces it by the variables of the app (4.3.11), so that those of a committed
//! file become the service's own.

use super::rewriter::Rewriter;
use crate::location::Location;
use crate::tree::Tree;

const READ: &str = "Coolify reads no such file; what envs or environment set wins";

/// Adds the variables of committed files to the environment of a service, and removes the files.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let Some(repository) = rewriter.repository else { return };
    let files = service.get("env_file").map(paths).unwrap_or_default();
    let texts: Option<Vec<&str>> =
        files.iter().map(|path| repository.file(&repository.resolve(path)?)?.text()).collect();
    // One that is missing is told with the others, which are dropped.
    let Some(texts) = texts.filter(|texts| !texts.is_empty()) else { return };
    let own = service.get("environment").map(Tree::members).unwrap_or_default();
    let mut all: Vec<(String, Tree)> = Vec::new();
    for (name, value) in texts.into_iter().flat_map(variables) {
        if own.iter().any(|(known, _)| *known == name) {
            continue;
        }
        all.retain(|(known, _)| *known != name);
        all.push((name, Tree::Text(value)));
    }
    all.extend(own.iter().cloned());
    service.remove("env_file");
    if !all.is_empty() {
        service.set("environment", Tree::Map(all));
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

/// Returns the variables of a text in the form that Docker Compose reads: `NAME=value`, with or without quotes. A value in
/// single quotes has no variables.
fn variables(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let quoted =
            |quote: char| value.strip_prefix(quote)?.rsplit_once(quote).map(|(text, _)| text);
        let value = if let Some(text) = quoted('\'') {
            text.replace('$', "$$")
        } else if let Some(text) = quoted('"') {
            text.replace("\\n", "\n").replace("\\\"", "\"")
        } else {
            value.split(" #").next().unwrap_or_default().trim().to_owned()
        };
        (!name.starts_with('#') && !name.is_empty()).then(|| (name.to_owned(), value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_docker_compose_reads() {
        let text = "# a comment\nA=1\nexport B = two words # not this\nC='$x # y'\nD=\"a\\nb\"\n\nno\nE=\n";
        let read: Vec<_> = variables(text).collect();
        let pairs = [("A", "1"), ("B", "two words"), ("C", "$$x # y"), ("D", "a\nb"), ("E", "")];
        assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
