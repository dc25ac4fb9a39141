//! Patterns of paths and remotes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns whether a path, or a folder above it, matches a pattern: `*` and `?` stay within a name, `**` matches any
/// number of names.
pub fn matches_inside(pattern: &str, path: &str) -> bool {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return false;
    }
    // The states are the numbers of parts that the names so far can have used.
    let mut states = vec![false; parts.len() + 1];
    states[0] = true;
    skip_stars(&parts, &mut states);
    for name in names {
        let mut next = vec![false; parts.len() + 1];
        for at in (0..parts.len()).filter(|at| states[*at]) {
            if parts[at] == "**" {
                next[at] = true;
            } else if matches_name(parts[at], name) {
                next[at + 1] = true;
            }
        }
        skip_stars(&parts, &mut next);
        if next[parts.len()] {
            return true;
        }
        states = next;
    }
    // A pattern of stars alone matches also nothing.
    states[parts.len()]
}

/// Lets each `**` match no name. The last one has to match one: `a/**` is what lies in `a`, and `a` with it.
fn skip_stars(parts: &[&str], states: &mut [bool]) {
    for at in 0..parts.len() {
        if states[at] && parts[at] == "**" {
            states[at + 1] = true;
        }
    }
}

/// Returns whether a name matches, in time proportional to the product of the lengths.
fn matches_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, n) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Returns the spellings of a pattern of paths: with `~` resolved, and with the links before its first wildcard
/// resolved. One that is not absolute matches at any depth.
pub(super) fn spellings(pattern: &str) -> Vec<String> {
    let home = env::home_dir().unwrap_or_default();
    let expanded = match pattern.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ if pattern.starts_with('/') => pattern.to_owned(),
        _ => return vec![format!("**/{pattern}")],
    };
    let plain: PathBuf =
        Path::new(&expanded).iter().take_while(|name| !has_wildcard(name)).collect();
    let resolved = plain.ancestors().find_map(|folder| {
        let real = fs::canonicalize(folder).ok()?;
        let rest = Path::new(&expanded).strip_prefix(folder).ok()?;
        Some(real.join(rest).to_string_lossy().into_owned())
    });
    let mut all = vec![expanded];
    all.extend(resolved.filter(|resolved| *resolved != all[0]));
    all
}

fn has_wildcard(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_a_path_and_what_lies_below() {
        for (pattern, path, expected) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c/d", true),
            ("/a/b", "/a", false),
            ("/a/b", "/a/bc", false),
            ("/a/*", "/a/x/y", true),
            ("/a/*", "/a", false),
            ("/a/**", "/a/x", true),
            ("/a/**", "/a", true),
            ("/a/**/z", "/a/b/c/z/d", true),
            ("/a/**/z", "/a/z", true),
            ("**/secret-?", "/x/secret-1/y", true),
            ("**/secret-?", "/x/secret-12", false),
            ("github.com/me/*", "github.com/me/shop", true),
            ("github.com/me", "github.com/me/shop", true),
            ("github.com/me/*", "github.com/you/me", false),
            ("", "/a", false),
        ] {
            assert_eq!(matches_inside(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_with_many_stars_match_in_bounded_time() {
        let pattern = format!("/{}b", "*a".repeat(200));
        assert!(!matches_inside(&pattern, &format!("/{}", "a".repeat(2000))));
        assert!(!matches_inside(&"**/x/".repeat(100), &"/y".repeat(1000)));
    }

    #[test]
    fn a_pattern_through_a_link_also_matches_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(folder.path()).unwrap().join("real");
        fs::create_dir(&real).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let all = spellings(&format!("{}/*/x", link.display()));
        let inside = format!("{}/a/x", real.display());
        assert!(all.iter().any(|pattern| matches_inside(pattern, &inside)), "{all:?}");
        assert_eq!(spellings("notes"), ["**/notes"]);
    }
}
