//! The source of an application: an image, or a commit that was judged.

use std::collections::HashMap;

use covibe_coolify::BuildSource;
use covibe_domain::{Failure, Kind, Secret};
use covibe_repository::{Entry, Mode, Places, Problem, Problems, Survey, Verdict};
use serde_json::{Value, json};

/// The source of a deployment.
#[derive(Clone, Copy, Debug)]
pub enum Build<'a> {
    /// No build: the application runs an image.
    Image,
    /// A commit of a repository.
    Commit(&'a JudgedCommit),
}

/// A commit whose files were examined. Some apps may build it and others may not.
#[derive(Clone, Debug)]
pub struct ExaminedCommit {
    /// The repository's full name.
    pub(crate) repository: String,
    pub(crate) commit: String,
    /// True if Coolify builds exactly the commit that it is given.
    pub(crate) builds_named: bool,
    /// The findings about it.
    pub verdict: Verdict,
}

impl ExaminedCommit {
    /// Returns the commit's full hash.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Admits the commit for an app with these places.
    ///
    /// # Errors
    ///
    /// Rejected with every problem, if building it could take over the host.
    pub fn judge(
        &self,
        follows_branch: bool,
        places: &Places<'_>,
    ) -> Result<JudgedCommit, Failure> {
        JudgedCommit::admit(self, follows_branch, places)
    }
}

/// The compose file of a repository as it was judged and rewritten.
#[derive(Clone, Debug)]
pub struct ReleasedFile {
    /// Its path from the root.
    pub path: String,
    /// Its text.
    pub text: Secret,
    /// True if its containers have to be on the network of the workspace's databases; `None` if a variable whose value
    /// can't be read may name one.
    pub needs_network: Option<bool>,
    /// Warnings about volumes that containers have.
    pub warnings: Vec<String>,
    /// The volumes that may be taken from where they are mounted.
    pub confirmed: Vec<String>,
}

/// A commit that may be built. Only [`ExaminedCommit::judge`] returns one.
#[derive(Clone, Debug)]
pub struct JudgedCommit {
    /// The repository's full name.
    repository: String,
    source: BuildSource,
    file: Option<ReleasedFile>,
}

impl JudgedCommit {
    /// Admits a commit by the verdict on it, for an app with these places.
    ///
    /// # Errors
    ///
    /// Rejected with every problem.
    fn admit(
        examined: &ExaminedCommit,
        follows_branch: bool,
        places: &Places<'_>,
    ) -> Result<Self, Failure> {
        let ExaminedCommit { repository, commit, builds_named, verdict } = examined;
        let problems = verdict.problems_at(places);
        if !problems.is_empty() {
            return Err(rejected_commit(repository, commit, &problems));
        }
        let unusable = |_| {
            Failure::new(Kind::Upstream, "Gitea returned a commit whose hash is not valid.")
                .hint("Retry. If the problem persists, tell the operator.")
        };
        let source = BuildSource {
            commit: commit.parse().map_err(unusable)?,
            follows_branch,
            has_switches: *builds_named,
        };
        Ok(Self { repository: repository.clone(), source, file: None })
    }

    /// Returns the commit and the way that it is built.
    pub fn source(&self) -> &BuildSource {
        &self.source
    }

    /// Adds the compose file that describes its containers, as it was judged.
    #[must_use]
    pub fn with_file(self, file: ReleasedFile) -> Self {
        Self { file: Some(file), ..self }
    }

    /// Returns the warnings about changed volumes.
    pub fn warnings(&self) -> &[String] {
        self.file.as_ref().map(|file| file.warnings.as_slice()).unwrap_or_default()
    }

    /// Returns the volumes that may be taken from where they are mounted.
    pub fn confirmed(&self) -> &[String] {
        self.file.as_ref().map(|file| file.confirmed.as_slice()).unwrap_or_default()
    }

    /// Returns the repository's full name, and the compose file, if there is one.
    pub(crate) fn released_file(&self) -> Option<(&str, &ReleasedFile)> {
        Some((&self.repository, self.file.as_ref()?))
    }
}

/// Examines the files of a future commit, given by path and content.
pub fn examine_files<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Verdict {
    let (mut survey, mut contents) = (Survey::default(), HashMap::new());
    for (number, (path, content)) in files.enumerate() {
        let (id, size) = (number.to_string(), Some(content.len() as u64));
        survey.add(Entry { path: path.to_owned(), mode: Mode::File, id: id.clone(), size });
        contents.insert(id, content);
    }
    let wanted: Vec<_> = survey.wanted().map(str::to_owned).collect();
    let content = |id: String| contents.get(&id).map(|content| (id, content.to_vec()));
    let blobs = wanted.into_iter().filter_map(content).collect();
    survey.verdict(&blobs)
}

/// Judges such files for an app with these places. The commit is judged again before it is built.
///
/// # Errors
///
/// Rejected with every problem.
pub fn judge_files(verdict: &Verdict, places: &Places<'_>) -> Result<(), Failure> {
    let problems = verdict.problems_at(places);
    if problems.is_empty() {
        return Ok(());
    }
    let hint = "Nothing was created. Fix everything in details.problems and repeat the call.";
    Err(problems_failure("The files are", hint, &problems))
}

/// 422: building the commit could take over the host.
fn rejected_commit(repository: &str, commit: &str, problems: &Problems) -> Failure {
    let short = commit.get(..10).unwrap_or(commit);
    let hint = "Fix everything in details.problems, commit, push, and repeat the call.";
    problems_failure(&format!("Commit {short} of {repository} is"), hint, problems)
}

fn problems_failure(what: &str, hint: &str, problems: &Problems) -> Failure {
    let count = problems.count();
    let files = if count == 1 { "file" } else { "files" };
    let message = format!("{what} not built: {count} {files} could act on the host.");
    let listed: Vec<_> = problems.first_problems().iter().map(problem_json).collect();
    let failure = Failure::rejected(message).hint(hint).detail("problems", listed);
    if count > problems.first_problems().len() {
        failure.detail("problemCount", count)
    } else {
        failure
    }
}

fn problem_json(problem: &Problem) -> Value {
    let path = covibe_domain::names::displayable(&problem.path, 200);
    json!({ "path": path, "problem": problem.problem, "fix": problem.fix })
}

/// 403: the operator does not allow builds of repositories.
pub(crate) fn repository_builds_disabled() -> Failure {
    Failure::forbidden("Repositories are not built on this server.").hint(
        "Pass `image` or `composeRaw` with published images. The operator can allow builds with \
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

#[cfg(test)]
mod tests {
    use covibe_repository::Exposed;

    use super::*;

    #[test]
    fn variables_that_double_and_many_stages_of_dockerfiles_are_bounded() {
        let doubling = format!("FROM s\nENV A=1\n{}EXPOSE $A", "ENV A=$A$A\n".repeat(40));
        let stages = "FROM s\n".repeat(70_000);
        let files = [("Dockerfile", doubling.as_bytes()), ("web/Dockerfile", stages.as_bytes())];
        let verdict = examine_files(files.into_iter());
        assert!(verdict.problems().is_empty());
        for folder in ["", "web"] {
            let exposed = verdict.exposed_port(folder, "Dockerfile");
            assert_eq!(exposed, Some(Exposed::Variable), "{folder}");
        }
    }
}
