//! Submodules: only repositories next to their own, by a relative URL.
//!
//! Git sends the credentials of a clone URL only to submodules with a relative URL (seen with Coolify
//! 4.3.11 and Gitea 1.25.2), so that others of a private organisation could not be cloned anyway.

use std::collections::{HashMap, HashSet};

use crate::repository_problem::Problem;
use crate::tree_entry::Entry;

/// The maximum number of submodules of a commit, including nested ones.
pub const MAX_SUBMODULES: usize = 20;

/// A submodule that has to be judged too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submodule {
    /// Its path.
    pub path: String,
    /// The name of its repository, which has the same owner.
    pub repository: String,
    /// Its commit.
    pub commit: String,
}

/// A section of `.gitmodules`.
#[derive(Default)]
struct Section {
    path: Option<String>,
    url: Option<String>,
    is_odd: bool,
}

/// Returns the submodules that a clone fetches for these entries, and what is wrong. A submodule
/// without a section is not fetched. More than [`MAX_SUBMODULES`] are one problem.
pub(crate) fn read(entries: &[Entry], modules: &[u8]) -> (Vec<Submodule>, Vec<Problem>) {
    let Some(sections) = parse(&String::from_utf8_lossy(modules)) else {
        let fix = "Write [submodule \"name\"] sections with path and url, one per line.";
        return (Vec::new(), vec![Problem::new(".gitmodules", "cannot be parsed", fix)]);
    };
    let fetched = fetched_entries(entries, &sections);
    if fetched.len() > MAX_SUBMODULES {
        return (Vec::new(), vec![too_many_submodules()]);
    }
    let (mut submodules, mut problems) = (Vec::new(), Vec::new());
    for (entry, section) in fetched {
        match section.url.as_deref().and_then(neighbour).filter(|_| !section.is_odd) {
            Some(repository) => submodules.push(Submodule {
                path: entry.path.clone(),
                repository: repository.to_owned(),
                commit: entry.id.clone(),
            }),
            None => problems.push(outside_problem(entry)),
        }
    }
    (submodules, problems)
}

/// Returns the entries with their sections; not all of them if they are more than [`MAX_SUBMODULES`].
fn fetched_entries<'a>(
    entries: &'a [Entry],
    sections: &'a [Section],
) -> Vec<(&'a Entry, &'a Section)> {
    let mut by_path: HashMap<&str, Vec<&Section>> = HashMap::new();
    for section in sections {
        if let Some(path) = section.path.as_deref() {
            by_path.entry(path).or_default().push(section);
        }
    }
    let mut fetched = Vec::new();
    for entry in entries {
        let own = by_path.get(entry.path.as_str()).into_iter().flatten();
        fetched.extend(own.map(|section| (entry, *section)).take(MAX_SUBMODULES + 1));
        if fetched.len() > MAX_SUBMODULES {
            break;
        }
    }
    fetched
}

/// Returns the problem of a commit with more submodules than are judged.
pub(crate) fn too_many_submodules() -> Problem {
    Problem::new(
        ".gitmodules",
        format!("has more than {MAX_SUBMODULES} submodules, including those within submodules"),
        "Copy the files into the repository, or publish them as packages.",
    )
}

fn outside_problem(entry: &Entry) -> Problem {
    Problem::new(
        &entry.path,
        "is a submodule that does not name a repository of the workspace's organisation by a \
         relative URL",
        "Push it to the organisation and set its url in .gitmodules to ../name.git, without update \
         = !command; or copy its files into the repository.",
    )
}

/// Returns the name of the repository next to this one that a URL leads to.
fn neighbour(url: &str) -> Option<&str> {
    let name = url.strip_prefix("../")?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (!name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)).then_some(name)
}

/// Parses the part of git's configuration format that `git submodule` writes; `None` for all else.
fn parse(text: &str) -> Option<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    // git takes fewer characters for blanks than Unicode has.
    let is_plain = |c: char| matches!(c, ' '..='~' | '\t' | '\r' | '\n');
    (text.chars().all(is_plain)).then_some(())?;
    let mut names = HashSet::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.contains('\\') {
            return None;
        }
        if line.starts_with('[') {
            let name = line.strip_prefix("[submodule \"")?.strip_suffix("\"]")?;
            // git merges sections of one name.
            (!name.contains('"') && names.insert(name)).then_some(())?;
            sections.push(Section::default());
            continue;
        }
        let (key, value) = line.split_once('=')?;
        let section = sections.last_mut()?;
        set(section, key.trim(), value.trim())?;
    }
    Some(sections)
}

fn set(section: &mut Section, key: &str, value: &str) -> Option<()> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    (!inner.contains(['"', '#', ';'])).then_some(())?;
    let field = match key.to_ascii_lowercase().as_str() {
        "path" => &mut section.path,
        "url" => &mut section.url,
        "update" => {
            section.is_odd |= inner.starts_with('!');
            return Some(());
        }
        _ => return Some(()),
    };
    // Which of two values counts depends on who reads them.
    section.is_odd |= field.is_some();
    *field = Some(inner.to_owned());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_entry::Mode;

    fn submodules_and_problems(modules: &str) -> (Vec<Submodule>, Vec<Problem>) {
        let entry = Entry {
            path: "lib/a".to_owned(),
            mode: Mode::Submodule,
            id: "c0ffee".to_owned(),
            size: None,
        };
        read(&[entry], modules.as_bytes())
    }

    #[test]
    fn returns_submodules_of_sibling_repositories_for_checking() {
        for url in ["../a", "../a.git", "\"../a.git\""] {
            let (found, problems) = submodules_and_problems(&format!(
                "# c\n[submodule \"a\"]\n\tpath = lib/a\n\turl = {url}\n\tbranch = main\n"
            ));
            assert_eq!((found.len(), problems.len()), (1, 0), "{url}");
            assert_eq!((found[0].repository.as_str(), found[0].commit.as_str()), ("a", "c0ffee"));
        }
        assert_eq!(
            submodules_and_problems("[submodule \"b\"]\npath = b\nurl = https://x.test/b\n"),
            (vec![], vec![])
        );
    }

    #[test]
    fn rejects_submodules_of_other_owners_or_hosts() {
        for rest in [
            "url = https://github.com/o/a",
            "url = /etc",
            "url = ../../other/a",
            "url = ../../../other",
            "url = ./a",
            "url = -u",
            "url = ../..",
            "",
            "url = ../a\nupdate = !id",
            "url = ../a\nurl = https://x.test/a",
        ] {
            let (found, problems) =
                submodules_and_problems(&format!("[submodule \"a\"]\npath = lib/a\n{rest}\n"));
            assert_eq!((found.len(), problems.len()), (0, 1), "{rest}");
        }
        for text in
            ["[include]\npath = /x", "path = lib/a", "[submodule \"a\"]\npath = a\\\nurl = b", "x"]
        {
            assert_eq!(submodules_and_problems(text).1[0].problem, "cannot be parsed", "{text}");
        }
    }

    #[test]
    fn more_than_20_submodules_are_one_problem() {
        let entry = |at: usize| Entry {
            path: format!("lib/{at}"),
            mode: Mode::Submodule,
            id: "c0ffee".to_owned(),
            size: None,
        };
        let section = |at: usize| format!("[submodule \"{at}\"]\npath=lib/{at}\nurl=../a\n");
        let found = |entries: usize, sections: std::ops::Range<usize>| {
            let entries: Vec<_> = (0..entries).map(entry).collect();
            let modules: String = sections.map(section).collect();
            let (submodules, problems) = read(&entries, modules.as_bytes());
            (submodules.len(), problems.len())
        };
        assert_eq!(found(20, 0..25), (20, 0));
        assert_eq!(found(21, 0..25), (0, 1));
    }

    #[test]
    fn sections_of_the_same_path_count_separately() {
        let sections: String = (0..30).map(same_path).collect();
        let (submodules, problems) = submodules_and_problems(&sections);
        assert_eq!((submodules.len(), problems.len()), (0, 1));
    }

    fn same_path(at: usize) -> String {
        format!("[submodule \"{at}\"]\npath = lib/a\nurl = ../a\n")
    }
}
