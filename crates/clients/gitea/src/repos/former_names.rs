//! Following a repository's former names, which Gitea redirects, to the repository itself.

use covibe_domain::boxed;
use covibe_upstream::{Cause, optional};

use super::{REPO, Repo};
use crate::{Client, Error};

/// The maximum number of redirects that are followed: a renamed user, then a renamed repository,
/// and some more.
const MAX_REDIRECTS: usize = 5;

/// A repository, and the former names that led to it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The repository as it is named now.
    pub repo: Repo,
    /// Each `owner/name` on the way, from the requested one on.
    pub former: Vec<String>,
}

impl Client {
    /// Returns the repository that has or had this owner and name; `None` where no visible one has.
    ///
    /// Each redirect is followed by a request of its own, so that no change is ever redirected.
    #[boxed]
    pub async fn resolve_repo(&self, owner: &str, name: &str) -> Result<Option<Resolved>, Error> {
        let (mut owner, mut name) = (owner.to_owned(), name.to_owned());
        let mut former = Vec::new();
        for _ in 0..=MAX_REDIRECTS {
            let request = self.transport.get(REPO).segment(&owner).segment(&name);
            match optional(request.json::<Repo>().await) {
                Ok(found) => {
                    return Ok(found.map(|repo| {
                        if !repo.full_name.eq_ignore_ascii_case(&format!("{owner}/{name}")) {
                            former.push(format!("{owner}/{name}"));
                        }
                        Resolved { repo, former }
                    }));
                }
                Err(Error { cause: Cause::Renamed { to }, .. }) => {
                    let Some(next) = target(&to) else { return Ok(None) };
                    former.push(format!("{owner}/{name}"));
                    (owner, name) = next;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Reads the redirect of a repository: `/repos/{owner}/{name}`.
fn target(to: &str) -> Option<(String, String)> {
    let (owner, name) = to.strip_prefix("/repos/")?.split_once('/')?;
    // Names need no encoding; an encoded text is not a name.
    let are_names = has_name_form(owner) && has_name_form(name);
    are_names.then(|| (owner.to_owned(), name.to_owned()))
}

/// Returns whether a text can be the name of a user, an organisation or a repository, so that it
/// can't change the meaning of a path: letters, digits, `-`, `_` and `.`, at most 100 of them
/// (Gitea 1.25, `AlphaDashDot` and `MaxSize(100)`).
pub fn has_name_form(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_lead_to_another_path_are_refused() {
        for name in ["shop", "a.b", "A-1_"] {
            assert!(has_name_form(name), "{name}");
        }
        for other in ["", ".", "..", "a/b", "a?b", "a b", "%2e", "\u{e9}", &"a".repeat(101)] {
            assert!(!has_name_form(other), "{other}");
        }
    }

    #[test]
    fn redirects_to_anything_but_a_repository_are_refused() {
        assert_eq!(target("/repos/ada/new"), Some(("ada".to_owned(), "new".to_owned())));
        for to in
            ["/repos/ada", "/repos/ada/new/issues", "/orgs/ada", "/repos/a%2Fb/c", "/repos//c"]
        {
            assert_eq!(target(to), None, "{to}");
        }
    }
}
