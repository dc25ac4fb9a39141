//! The workflows: code of others that is pinned, and secrets and rights that it does not get.
//!
//! A build and its tests run the code of all dependencies, and a branch can change its workflows. So a step with a secret
//! is the last of its job, the secret is in an environment, which can be protected, and a job that can write builds
//! nothing.

use super::checked_files::{File, Finding, Workspace};

/// The folder of the workflows.
const WORKFLOWS: &str = ".github/";

/// The secret that each run has, whose rights are the permissions of the job.
const RUN_TOKEN: &str = "GITHUB_TOKEN";

/// The commands that run code of dependencies.
const BUILDS: [&str; 4] = ["cargo ", "docker build ", "npm ", "deploy/"];

/// A line with its number.
type Line<'a> = (usize, &'a str);

/// A job of a workflow.
struct Job<'a> {
    /// The lines before its steps.
    head: Vec<Line<'a>>,
    /// Its steps, each with its lines.
    steps: Vec<Vec<Line<'a>>>,
}

/// Checks that the actions of workflows are pinned by the hash of a commit: a tag can be moved to other code.
pub(super) fn check_actions(workspace: &Workspace) -> Vec<Finding> {
    let lines = workspace.lines(|file| file.path.starts_with(WORKFLOWS));
    let unpinned =
        lines.filter(|(_, _, line)| action(line).is_some_and(|action| !is_pinned(action)));
    let message = "pin the action by the hash of its commit, and name the version in a comment";
    unpinned.map(|(file, number, _)| Finding::new(&file.path, number, message)).collect()
}

/// Checks the secrets and the rights of jobs.
pub(super) fn check_secrets(workspace: &Workspace) -> Vec<Finding> {
    let files = workspace.files.iter().filter(|file| file.path.starts_with(WORKFLOWS));
    let found = files.flat_map(|file| {
        let found = jobs(file).into_iter().flat_map(|job| objections(&job));
        found.map(|(number, message)| Finding::new(&file.path, number, message)).collect::<Vec<_>>()
    });
    found.collect()
}

/// Returns the jobs of a workflow. Its indentation is that of all workflows here: two spaces for each level.
fn jobs(file: &File) -> Vec<Job<'_>> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let lines = file.lines().skip_while(|(_, line)| *line != "jobs:").skip(1);
    for (number, line) in lines.filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && line.ends_with(':') {
            jobs.push(Job { head: Vec::new(), steps: Vec::new() });
        }
        let Some(job) = jobs.last_mut() else { continue };
        let is_item = indent == 6 && line.trim_start().starts_with("- ");
        if is_item && job.head.iter().any(|(_, line)| *line == "    steps:") {
            job.steps.push(Vec::new());
        }
        job.steps.last_mut().unwrap_or(&mut job.head).push((number, line));
    }
    jobs
}

/// Returns what is wrong with a job, each with its line.
fn objections(job: &Job<'_>) -> Vec<(usize, &'static str)> {
    let has = |text: &str| job.head.iter().any(|(_, line)| line.trim_start().starts_with(text));
    let has_environment = has("environment:");
    let can_write = job.head.iter().any(|(_, line)| line.ends_with(": write"));
    let mut found: Vec<_> = job
        .head
        .iter()
        .filter(|(_, line)| names_secret(line))
        .map(|(number, _)| {
            (*number, "give the secret to the step that needs it, and not to the job")
        })
        .collect();
    for (at, step) in job.steps.iter().enumerate() {
        let is_last = at + 1 == job.steps.len();
        let is_checkout = step.iter().any(|(_, line)| {
            action(line).is_some_and(|action| action.starts_with("actions/checkout@"))
        });
        let keeps_token = step.iter().all(|(_, line)| line.trim() != "persist-credentials: false");
        if is_checkout && keeps_token {
            found.extend(step.first().map(|(number, _)| {
                (*number, "add `persist-credentials: false`: no later step needs the token")
            }));
        }
        for (number, line) in step {
            if names_secret(line) && !is_last {
                found.push((*number, "move the step with the secret to the end of its job"));
            }
            if names_secret(line) && !has_environment {
                found.push((*number, "name the environment that has the secret in the job"));
            }
            if can_write && BUILDS.iter().any(|build| line.contains(build)) {
                found.push((*number, "build in another job, which can't write"));
            }
        }
    }
    found
}

/// Returns whether a line has a secret other than the token of the run.
fn names_secret(line: &str) -> bool {
    line.match_indices("secrets.").any(|(at, name)| {
        // `needs.secrets` is a job.
        !line[..at].ends_with('.') && !line[at + name.len()..].starts_with(RUN_TOKEN)
    })
}

/// Returns the action that a step uses; none for one of this repository.
fn action(line: &str) -> Option<&str> {
    let used = line.trim_start().trim_start_matches("- ").strip_prefix("uses:")?;
    used.split_whitespace().next().filter(|action| !action.starts_with("./"))
}

fn is_pinned(action: &str) -> bool {
    let commit = action.rsplit_once('@').map(|(_, commit)| commit).unwrap_or_default();
    commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::checked_files::lines_of;

    /// Returns the lines of findings about a workflow whose jobs begin at the second line.
    fn lines(jobs: &str) -> Vec<usize> {
        let text = format!("jobs:\n{jobs}");
        let files = [(".github/workflows/ci.yml", text.as_str()), ("a.yml", text.as_str())];
        lines_of(&check_secrets(&Workspace::of_files(&files)))
    }

    #[test]
    fn unpinned_github_actions_are_reported() {
        let pinned = format!("      - uses: actions/checkout@{} # v4\n", "0a".repeat(20));
        let text = format!(
            "{pinned}      - uses: actions/cache@v4\n        uses: ./own\n      - run: uses\n"
        );
        let files = [(".github/workflows/ci.yml", text.as_str()), ("a.md", "uses: a@v1\n")];
        let findings = check_actions(&Workspace::of_files(&files));
        assert_eq!(lines_of(&findings), [2]);
    }

    #[test]
    fn a_checkout_that_keeps_its_token_is_reported() {
        let job = "  a:\n    steps:\n      - uses: actions/checkout@1\n";
        assert_eq!(lines(job), [4]);
        assert_eq!(lines(&format!("{job}      - run: persist-credentials\n")), [4]);
        let without = format!("{job}        with:\n          persist-credentials: false\n");
        assert!(lines(&without).is_empty());
    }

    #[test]
    fn a_secret_is_only_in_the_last_step_of_a_job_with_an_environment() {
        let env = "        env:\n          KEY: ${{ secrets.KEY }}\n";
        let job = "  a:\n    environment: production\n    if: needs.secrets.outputs.a == 'yes'\n";
        let step = format!("    steps:\n      - run: a\n{env}");
        assert!(lines(&format!("{job}{step}")).is_empty());
        assert_eq!(lines(&format!("{job}{step}      - run: b\n")), [8]);
        assert_eq!(lines(&format!("  a:\n{step}")), [6]);
        let whole = "    env:\n      KEY: ${{ secrets.KEY }}\n    steps:\n      - run: a\n";
        assert_eq!(lines(&format!("{job}{whole}")), [6]);
        let own = "  a:\n    steps:\n      - env:\n          T: ${{ secrets.GITHUB_TOKEN }}\n      - run: b\n";
        assert!(lines(own).is_empty());
    }

    #[test]
    fn a_job_that_can_write_builds_nothing() {
        let head = "  a:\n    permissions:\n      packages: write\n    strategy:\n      - x\n";
        let steps =
            "    steps:\n      - run: |\n          docker push a\n          docker build .\n";
        assert_eq!(lines(&format!("{head}{steps}")), [10]);
        let reading = head.replace("write", "read");
        assert!(lines(&format!("{reading}{steps}")).is_empty());
    }
}
