//! Paths within a repository: from its root, without `.` and `..`.

/// Returns the rest of a path below a folder, which is empty for the folder itself.
pub(crate) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Returns both paths as one from the root, without `.` and `..`; `None` if it leads out of the root.
pub(crate) fn join_paths(folder: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = Vec::new();
    for segment in folder.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// Returns whether a file is there only so that git keeps its folder.
pub(crate) fn is_placeholder(path: &str) -> bool {
    const NAMES: [&str; 4] = [".keep", ".empty", ".placeholder", "README.md"];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with(".git") || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_paths_never_leaves_the_root() {
        assert_eq!(join_paths("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join_paths("a", "./.././").as_deref(), Some(""));
        assert_eq!(join_paths("a", "../.."), None);
        assert_eq!((below("a/b", "a"), below("a", "a")), (Some("b"), Some("")));
        assert_eq!((below("ab", "a"), below("a", "")), (None, Some("a")));
    }

    #[test]
    fn joined_paths_have_no_empty_and_no_dot_segments() {
        for path in ["//a///b", "./a/./b/", "x/../a/b", "a/x/../b"] {
            assert_eq!(join_paths("", path).as_deref(), Some("a/b"), "{path}");
        }
    }
}
