//! Relative links in the documentation have a target.

use super::finding::Finding;
use super::workspace::{File, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let is_page = |file: &&File| {
        file.is(".md") && (file.path == "README.md" || file.path.starts_with("docs/"))
    };
    let pages = workspace.files.iter().filter(is_page);
    pages.flat_map(|page| dead(workspace, page)).collect()
}

fn dead(workspace: &Workspace, page: &File) -> Vec<Finding> {
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut in_code = false;
    let mut findings = Vec::new();
    for (number, line) in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line).filter(|target| !resolves(workspace, folder, target)) {
            let message = format!("`{target}` does not exist: correct the link or delete it");
            findings.push(Finding::new(&page.path, number, message));
        }
    }
    findings
}

/// Returns the relative targets of a line's links without anchors: `[text](target)`, `[name]:
/// target`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let all = inline.chain(definition.map(|(_, target)| target.trim()));
    all.filter(|target| !target.contains(':')).filter_map(|target| target.split('#').next())
}

/// Whether the repository has a file or folder at this path, relative to `folder`.
fn resolves(workspace: &Workspace, folder: &str, target: &str) -> bool {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." if parts.pop().is_none() => return false,
            "" | "." | ".." => {}
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let inside = format!("{path}/");
    path.is_empty()
        || workspace.paths.contains(&path)
        || workspace.paths.iter().any(|p| p.starts_with(&inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let files =
            [(path, text), ("docs/architecture.md", "# A\n"), ("crates/x/src/lib.rs", "//! X.\n")];
        check(&Workspace::of_files(&files)).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn resolves_relative_links_from_their_page() {
        let good =
            "[a](docs/architecture.md#map) [b](crates/x) [c](#here) [d](https://example.org/x)\n";
        assert!(lines("README.md", good).is_empty());
        assert!(
            lines("docs/tools.md", "[a](architecture.md) [b](../crates/x/src/lib.rs)\n").is_empty()
        );
        assert_eq!(lines("README.md", "\n[a](architecture.md) and [b](docs/b.md)\n"), [2, 2]);
        assert_eq!(lines("docs/tools.md", "[a](../../outside)\n"), [1]);
        assert_eq!(lines("README.md", "[a]: docs/b.md\n"), [1]);
    }

    #[test]
    fn ignores_code_blocks() {
        assert!(lines("README.md", "```\nlist[0](x)\n```\n").is_empty());
    }
}
