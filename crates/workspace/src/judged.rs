//! What an application may be built from: an image, or a commit that was judged.

use covibe_coolify::BuildSource;
use covibe_domain::{Failure, Kind};
use covibe_repository::{Places, Problem, Problems, Verdict};
use serde_json::{Value, json};

/// What a deployment builds.
#[derive(Clone, Copy, Debug)]
pub enum Build<'a> {
    /// Nothing: the application runs an image.
    Image,
    /// A commit of a repository.
    Commit(&'a Judged),
}

/// A commit that may be built. Only [`crate::Workspace::judge`] returns one.
#[derive(Clone, Debug)]
pub struct Judged(BuildSource);

impl Judged {
    /// Admits a commit by the verdict on it, for an app that names these places.
    ///
    /// # Errors
    ///
    /// Rejected with every problem.
    pub(crate) fn admit(
        repository: &str,
        commit: &str,
        follows_branch: bool,
        has_switches: bool,
        verdict: &Verdict,
        places: &Places<'_>,
    ) -> Result<Self, Failure> {
        let problems = verdict.problems_at(places);
        if !problems.is_empty() {
            return Err(rejected(repository, commit, &problems));
        }
        let unusable = |_| Failure::new(Kind::Upstream, "Gitea returned an unusable commit.");
        Ok(Self(BuildSource {
            commit: commit.parse().map_err(unusable)?,
            follows_branch,
            has_switches,
        }))
    }

    /// Returns the commit, and how it is built.
    pub fn source(&self) -> &BuildSource {
        &self.0
    }
}

/// 422: building the commit could take over the host.
fn rejected(repository: &str, commit: &str, problems: &Problems) -> Failure {
    let short = commit.get(..10).unwrap_or(commit);
    let count = problems.count();
    let message = format!(
        "Commit {short} of {repository} is not built: {count} {} could act on the host.",
        if count == 1 { "file" } else { "files" }
    );
    let listed: Vec<_> = problems.kept().iter().map(shown).collect();
    let failure = Failure::rejected(message)
        .hint("Fix everything in details.problems, commit, push, and repeat the call.")
        .detail("problems", listed);
    if count > problems.kept().len() { failure.detail("problemCount", count) } else { failure }
}

fn shown(problem: &Problem) -> Value {
    let path = covibe_domain::names::shown(&problem.path, 200);
    json!({ "path": path, "problem": problem.problem, "fix": problem.fix })
}

/// 403: the operator lets no repositories be built.
pub(crate) fn repository_builds_disabled() -> Failure {
    Failure::forbidden("Repositories are not built on this server.").hint(
        "Pass image or composeRaw with published images. The operator may allow it: \
         COVIBE_ALLOW_REPOSITORY_BUILDS=true.",
    )
}

/// 503: Coolify might build another commit than the one that was judged.
pub(crate) fn unpinnable_commits() -> Failure {
    let message = "This Coolify does not build exactly the commit that was checked, so no repository \
                   is built.";
    Failure::unready(message).permanent().hint(
        "Tell the operator to update Coolify to 4.2 or later; \
         COVIBE_ALLOW_REPOSITORY_BUILDS=unpinned accepts the risk. Images can be deployed.",
    )
}
