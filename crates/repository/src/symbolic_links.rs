//! Symbolic links: none leads out of the repository, and none is a file that Coolify writes.

use crate::repository_problem::Problem;
use crate::reserved_file_names::is_acted_on;
use crate::tree_entry::{Entry, OVERHEAD};

/// The longest target, in bytes: what Linux takes.
const MAX_TARGET: usize = 4_096;

/// The memory limit of the paths of a commit's links and of those of its submodules, which are kept with the verdict, in
/// bytes.
pub(crate) const MAX_LINKS: usize = 1 << 20;

/// Returns what is wrong with a link by its place alone.
pub(crate) fn misplaced(link: &Entry) -> Option<Problem> {
    let is_in_output = link.path.split('/').any(|segment| segment == ".nixpacks");
    (is_acted_on(link.name()) || is_in_output).then(|| {
        Problem::new(
            &link.path,
            "is a symbolic link, and the build would write or read through it",
            "Replace the link with a file that has the content, or delete it.",
        )
    })
}

/// Returns what is wrong with a link's target.
///
/// A target may go up only at its beginning: after the name of another link, `..` would lead
/// elsewhere than the text says.
pub(crate) fn misdirected(link: &Entry, target: &[u8]) -> Option<Problem> {
    // A blob may have 1 MiB. Replaced bytes only lengthen the text, so its beginning shows that it is too long.
    let text = String::from_utf8_lossy(&target[..target.len().min(MAX_TARGET + 1)]);
    let complaint = complaint(link.folder(), &text)?;
    let fix = "Replace the link with a file, or with a relative link to a file in the repository, \
               such as ../shared/file.";
    Some(Problem::new(&link.path, format!("is a symbolic link that {complaint}"), fix))
}

/// Returns the problem of a commit whose links exceed [`MAX_LINKS`], as that of the link at this path.
pub(crate) fn too_many_links(path: String) -> Problem {
    let what = format!(
        "the symbolic links whose paths take more than 1 MiB in total, with {OVERHEAD} bytes added for each link"
    );
    too_many(path, &what)
}

/// Returns the problem of the entry at this path, which is one of too many.
pub(crate) fn too_many(path: String, what: &str) -> Problem {
    Problem::new(
        path,
        format!("is one of {what}"),
        "Commit fewer symbolic links; folders such as node_modules do not belong in a repository.",
    )
}

fn complaint(folder: &str, target: &str) -> Option<&'static str> {
    if target.starts_with('/') {
        return Some("is absolute");
    }
    if target.is_empty() || target.len() > MAX_TARGET || target.contains('\0') {
        return Some("has no usable target");
    }
    let depth = folder.split('/').filter(|segment| !segment.is_empty()).count();
    let steps = || target.split('/').filter(|segment| !matches!(*segment, "" | "."));
    let ups = steps().take_while(|segment| *segment == "..").count();
    if ups > depth {
        return Some("points outside the repository");
    }
    if steps().skip(ups).any(|segment| segment == "..") {
        return Some("has .. after the name of a folder");
    }
    steps().any(|segment| segment.eq_ignore_ascii_case(".git")).then_some("points into .git")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_entry::Mode;

    fn link(path: &str) -> Entry {
        Entry { path: path.to_owned(), mode: Mode::Link, id: String::new(), size: None }
    }

    #[test]
    fn accepts_links_that_stay_inside() {
        for (path, target) in [
            ("a", "b"),
            ("a", "./b/c"),
            ("a/b", "../c"),
            ("a/b/c", "../../d"),
            ("a/b/c", "../.."),
            ("a", "."),
            ("a", "..b"),
            ("node_modules/.bin/x", "../x/bin.js"),
        ] {
            assert_eq!(misdirected(&link(path), target.as_bytes()), None, "{path} -> {target}");
            assert_eq!(misplaced(&link(path)), None);
        }
    }

    #[test]
    fn rejects_links_that_lead_out() {
        for (path, target) in [
            ("a", "/usr/bin/docker"),
            ("a", ".."),
            ("a/b", "../../c"),
            ("a/b", "./.././../c"),
            ("a/b", "..//../c"),
            ("x", "a/b/../.."),
            ("a/b/c", "../b/../x"),
            ("a", ".git/config"),
            ("a/b", "../.GIT"),
            ("a", ""),
            ("a", "b\0c"),
        ] {
            assert!(misdirected(&link(path), target.as_bytes()).is_some(), "{path} -> {target}");
        }
    }

    #[test]
    fn rejects_targets_above_4096_bytes() {
        let complaint = |target: &str| {
            misdirected(&link("a"), target.as_bytes()).map(|problem| problem.problem)
        };
        let unusable = Some("is a symbolic link that has no usable target".to_owned());
        assert_eq!(complaint(&"b".repeat(4_096)), None);
        for target in
            ["b".repeat(4_097), "\u{e4}".repeat(2_049), format!("../{}", "b".repeat(1 << 20))]
        {
            assert_eq!(complaint(&target), unusable, "{} bytes", target.len());
        }
        let absolute = format!("/{}", "b".repeat(5_000));
        assert_eq!(complaint(&absolute).as_deref(), Some("is a symbolic link that is absolute"));
    }

    #[test]
    fn rejects_links_at_paths_that_the_build_writes_or_reads() {
        for path in [
            ".env",
            "web/.env",
            "docker-compose.yaml",
            "docker-compose.yml",
            "Dockerfile",
            "nginx.conf",
            ".nixpacks",
            ".nixpacks/assets",
            "a/.nixpacks/b/c",
            "nixpacks.toml",
            ".gitmodules",
        ] {
            assert!(misplaced(&link(path)).is_some(), "{path}");
        }
    }
}
