//! The submodules that a clone fetches.

use std::collections::BTreeMap;

use url::Url;

use super::git_remote::{Remote, is_loopback};
use super::repository_clone::Clone;

/// A submodule that a clone fetches.
pub(super) struct Submodule {
    pub(super) path: String,
    pub(super) url: String,
    /// The clone; `None` if it is not on loopback, and so unknown.
    pub(super) clone: Option<Clone>,
}

/// Returns the submodules that are fetched. One that can't be fetched fails the build.
pub(super) fn fetch_submodules(clone: &Clone) -> Vec<Submodule> {
    let fetch = |(path, url): (String, String)| {
        let commit = commit_of(clone, &path)?;
        match resolve_url(clone.url(), &url).filter(|url| is_loopback(url)) {
            Some(url) => {
                let clone = Some(Clone::at_commit(&Remote::http(url.clone()), &commit).ok()?);
                Some(Submodule { path, url, clone })
            }
            None => Some(Submodule { path, url, clone: None }),
        }
    };
    urls(clone).into_iter().filter_map(fetch).collect()
}

/// Returns the URLs in `.gitmodules` by the paths of the submodules.
fn urls(clone: &Clone) -> BTreeMap<String, String> {
    let file = clone.root().join(".gitmodules");
    let Some(file) = file.to_str().filter(|_| file.is_file()) else { return BTreeMap::new() };
    let listed = clone.git(&["config", "--file", file, "--list"]).unwrap_or_default();
    let (mut paths, mut urls) = (BTreeMap::new(), BTreeMap::new());
    for (key, value) in listed.lines().filter_map(|line| line.split_once('=')) {
        let Some(key) = key.strip_prefix("submodule.") else { continue };
        match key.rsplit_once('.') {
            Some((name, "path")) => drop(paths.insert(name, value)),
            Some((name, "url")) => drop(urls.insert(name, value)),
            _ => {}
        }
    }
    let pair =
        |(name, path): (&&str, &&str)| Some(((*path).to_owned(), (*urls.get(name)?).to_owned()));
    paths.iter().filter_map(pair).collect()
}

/// Returns the commit that is recorded at a path.
fn commit_of(clone: &Clone, path: &str) -> Option<String> {
    let listed = clone.git(&["ls-tree", "--full-tree", "HEAD", "--", path]).ok()?;
    let (head, _) = listed.split_once('\t')?;
    head.strip_prefix("160000 commit ").map(str::to_owned)
}

/// Resolves a URL against the one of the repository, credentials included.
fn resolve_url(repository: &str, url: &str) -> Option<String> {
    if !url.starts_with("../") && !url.starts_with("./") {
        return Some(url.to_owned());
    }
    let base = Url::parse(&format!("{repository}/")).ok()?;
    base.join(url).ok().map(String::from)
}
