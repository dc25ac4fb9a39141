//! Relative links in the documentation have a target: the file exists, and a page has the heading of the anchor.
//! So do the runbooks of alerts, and the source paths in the pages that lead through the code.

use super::checked_files::{File, Finding, Workspace};

/// The pages that name source files and folders.
const MAPS: [&str; 3] = ["docs/architecture.md", "docs/contributing.md", "AGENTS.md"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let is_page = |file: &&File| {
        file.is(".md") && (file.path == "README.md" || file.path.starts_with("docs/"))
    };
    let pages = workspace.files.iter().filter(is_page);
    let dead_links = pages.flat_map(|page| dead(workspace, page));
    dead_links.chain(dead_runbooks(workspace)).chain(dead_sources(workspace)).collect()
}

/// Returns a finding for each path in backquotes that is none, from the root or from `crates`.
fn dead_sources(workspace: &Workspace) -> Vec<Finding> {
    let lines = workspace.lines(|file| MAPS.contains(&file.path.as_str()));
    let quoted = lines.flat_map(|(file, number, line)| {
        line.split('`').skip(1).step_by(2).map(move |quoted| (file, number, quoted))
    });
    let is_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let is_source = |text: &str| text.contains("/src/") && text.chars().all(is_path);
    let exists = |path: &str| {
        let path = path.trim_end_matches('/');
        [path.to_owned(), format!("crates/{path}")].iter().any(|it| resolves(workspace, "", it))
    };
    let dead = quoted.filter(|(_, _, text)| is_source(text) && !exists(text));
    dead.map(|(file, number, path)| dead_target(file, number, path)).collect()
}

/// Returns a finding for each runbook of an alert that does not exist.
fn dead_runbooks(workspace: &Workspace) -> Vec<Finding> {
    let lines = workspace.lines(|file| file.is(".yaml"));
    let runbooks = lines.filter_map(|(file, number, line)| {
        Some((file, number, line.trim_start().strip_prefix("runbook: ")?))
    });
    let dead = runbooks.filter(|(_, _, target)| !resolves(workspace, "", target));
    dead.map(|(file, number, target)| dead_target(file, number, target)).collect()
}

fn dead_target(file: &File, line: usize, target: &str) -> Finding {
    let message = format!("`{target}` does not exist: correct the link or delete it");
    Finding::new(&file.path, line, message)
}

fn dead(workspace: &Workspace, page: &File) -> Vec<Finding> {
    let mut in_code = false;
    let mut findings = Vec::new();
    for (number, line) in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let dead = targets(line).filter(|target| !resolves(workspace, &page.path, target));
        findings.extend(dead.map(|target| dead_target(page, number, target)));
    }
    findings
}

/// Returns the relative targets of a line's links: `[text](target)`, `[name]: target`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let all = inline.chain(definition.map(|(_, target)| target.trim()));
    all.filter(|target| !target.contains(':'))
}

/// Returns whether a target exists in the repository, relative to the folder of the page at `page`.
fn resolves(workspace: &Workspace, page: &str, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(path) = join_paths(folder, path) else { return false };
    let path = if target.starts_with('#') { page.to_owned() } else { path };
    let has_anchor = |page: &File| anchor.is_empty() || anchors(page).any(|each| each == anchor);
    let inside = format!("{path}/");
    match workspace.file(&path).filter(|file| file.is(".md")) {
        Some(page) => has_anchor(page),
        None => {
            path.is_empty()
                || workspace.paths.contains(&path)
                || workspace.paths.iter().any(|each| each.starts_with(&inside))
        }
    }
}

/// Returns the path that a relative one names from a folder; `None` if it is outside of the repository.
fn join_paths(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "" | "." => {}
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Returns the anchors of a page's headings, as GitHub and Gitea make them.
fn anchors(page: &File) -> impl Iterator<Item = String> {
    let headings = page.lines().filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten()
    });
    headings.map(anchor)
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::checked_files::lines_of;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let files =
            [(path, text), ("docs/architecture.md", "# A\n"), ("crates/x/src/lib.rs", "//! X.\n")];
        lines_of(&check(&Workspace::of_files(&files)))
    }

    #[test]
    fn relative_links_are_resolved_from_their_page() {
        let good = "## Here, too\n[a](docs/architecture.md#a) [b](crates/x) [c](#here-too) [d](https://example.org/x)\n";
        assert!(lines("README.md", good).is_empty());
        assert!(
            lines("docs/tools.md", "[a](architecture.md) [b](../crates/x/src/lib.rs)\n").is_empty()
        );
        assert_eq!(lines("README.md", "\n[a](architecture.md) and [b](docs/b.md)\n"), [2, 2]);
        assert_eq!(lines("docs/tools.md", "[a](../../outside)\n"), [1]);
        assert_eq!(lines("README.md", "[a]: docs/b.md\n"), [1]);
    }

    #[test]
    fn a_link_to_a_missing_heading_is_reported() {
        assert_eq!(lines("README.md", "# Here\n[a](#there)\n"), [2]);
        assert_eq!(lines("docs/tools.md", "[a](architecture.md#b)\n"), [1]);
        assert!(lines("docs/tools.md", "[a](architecture.md#a)\n").is_empty());
    }

    #[test]
    fn a_runbook_link_to_a_missing_heading_is_reported() {
        let rules = "    runbook: docs/architecture.md#a\n    runbook: docs/architecture.md#b\n";
        assert_eq!(lines("deploy/prometheus/rules.yaml", rules), [2]);
    }

    #[test]
    fn a_missing_source_path_in_a_map_of_the_code_is_reported() {
        let text = "`x/src/lib.rs`, `crates/x/src/`, `x/src/a b`, `x/src/gone`\n";
        assert_eq!(lines("docs/contributing.md", text), [1]);
        assert!(lines("docs/tools.md", text).is_empty());
    }

    #[test]
    fn ignores_code_blocks() {
        assert!(lines("README.md", "```\nlist[0](x)\n```\n").is_empty());
    }
}
