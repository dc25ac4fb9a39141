//! The name of the skills repository, and its failures.

use std::fmt;
use std::str::FromStr;

use covibe_domain::Failure;
use covibe_gitea::{Cause, Error, has_name_form};

/// A repository and, if it is not its default branch, what to read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    pub(super) owner: String,
    pub(super) name: String,
    /// A branch, a tag or a commit.
    pub(super) reference: Option<String>,
}

impl FromStr for Repository {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (repository, reference) = match text.split_once('@') {
            Some((repository, reference)) => (repository, Some(reference)),
            None => (text, None),
        };
        let (owner, name) = repository.split_once('/').ok_or(())?;
        let fits =
            has_name_form(owner) && has_name_form(name) && reference.is_none_or(has_reference_form);
        let own = |text: &str| text.to_owned();
        fits.then(|| Self { owner: own(owner), name: own(name), reference: reference.map(own) })
            .ok_or(())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)?;
        self.reference.as_ref().map_or(Ok(()), |reference| write!(f, "@{reference}"))
    }
}

fn has_reference_form(text: &str) -> bool {
    let is_safe =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'+' | b'#');
    (1..=200).contains(&text.len()) && !text.contains("..") && text.bytes().all(is_safe)
}

/// 404: the token sees no such repository, branch or tag.
pub(super) fn missing_repository(repository: &Repository) -> Failure {
    Failure::not_found(format!("Gitea has no {repository} that GITEA_API_TOKEN may read.")).hint(
        "Tell the person who set up this server: SKILLS_REPO must be `owner/name` or `owner/name@ref`.",
    )
}

/// 413: the repository has more files than are looked through.
pub(super) fn too_many_files(repository: &Repository) -> Failure {
    Failure::unready(format!("{repository} has too many files to look for skills in."))
        .hint("Tell the person who set up this server: SKILLS_REPO should have skills and little else.")
        .permanent()
}

/// A call to Gitea failed.
pub(super) fn gitea_failure(repository: &Repository) -> impl Fn(Error) -> Failure {
    let missing = missing_repository(repository);
    move |error| match error.cause {
        Cause::Unauthorized => Failure::unready(
            "Gitea does not accept GITEA_API_TOKEN for the skills repository.",
        )
        .hint("Tell the person who set up this server: the token needs the scope read:repository."),
        Cause::NotFound | Cause::Renamed { .. } => missing.clone(),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_name_may_be_followed_by_a_git_reference() {
        let plain: Repository = "acme/skills".parse().unwrap();
        assert_eq!(
            (plain.reference.as_deref(), plain.to_string()),
            (None, "acme/skills".to_owned())
        );
        let tagged: Repository = "acme/skills@release/v1.0".parse().unwrap();
        assert_eq!((&*tagged.name, tagged.reference.as_deref()), ("skills", Some("release/v1.0")));
        for bad in [
            "",
            "skills",
            "a/b/c",
            "a/..",
            "a/b@",
            "a/b@x y",
            "https://git.example/a/b",
            "a/b@../x",
        ] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }
}
