//! The commit that an application is built from.

use covibe_domain::shell::CommitSha;
use serde_json::{Map, Value, json};

use crate::records::{Application, Switches};

/// The commit that an application is built from, by its whole hash.
///
/// Coolify has no field for whether a commit is meant to stay or is the newest one of the branch.
/// This client writes it into `watch_paths`, which Coolify reads for webhooks only: with a path
/// that no commit changes, a push never deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSource {
    /// The commit.
    pub commit: CommitSha,
    /// True if the next deployment takes the newest commit of the branch instead.
    pub follows_branch: bool,
    /// True if the API has switches for submodules, Git LFS and previews (since 4.2); they are
    /// turned off then.
    pub has_switches: bool,
}

impl BuildSource {
    /// Returns the text of `watch_paths`.
    fn mark(&self) -> String {
        mark(self.follows_branch, self.commit.as_str())
    }

    pub(super) fn add_to(&self, body: &mut Map<String, Value>) {
        let mut set = |field: &str, value: Value| body.insert(field.to_owned(), value);
        set("git_commit_sha", json!(self.commit.as_str()));
        set("watch_paths", json!(self.mark()));
        set("is_auto_deploy_enabled", json!(false));
        if self.has_switches {
            // git checks out a submodule's default branch if it is named like the commit, and that
            // branch may change after the commit was judged.
            set("is_git_submodules_enabled", json!(false));
            set("is_git_lfs_enabled", json!(false));
            set("is_preview_deployments_enabled", json!(false));
        }
    }
}

fn mark(follows_branch: bool, commit: &str) -> String {
    let kind = if follows_branch { "branch" } else { "commit" };
    format!("co-vibe/{kind}/{commit}")
}

impl Application {
    /// Returns whether the next deployment takes the newest commit of the branch.
    pub fn follows_branch(&self) -> bool {
        let commit = self.git_commit_sha.as_deref().filter(|commit| !commit.is_empty());
        let Some(commit) = commit.filter(|commit| *commit != CommitSha::HEAD) else { return true };
        self.watch_paths.as_deref() == Some(mark(true, commit).as_str())
    }

    /// Returns whether it is built from this source, and everything that a push could start is off.
    /// Switches that the answer does not show count as off: only releases that have them show them.
    pub fn has_source(&self, source: &BuildSource) -> bool {
        let is_on = |it: &Switches| {
            it.auto_deploy || source.has_switches && (it.submodules || it.lfs || it.previews)
        };
        self.git_commit_sha.as_deref() == Some(source.commit.as_str())
            && self.watch_paths.as_deref() == Some(source.mark().as_str())
            && !self.settings.as_ref().is_some_and(is_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(commit: &Value, watched: &Value) -> Application {
        let app = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "git_commit_sha": commit,
                          "watch_paths": watched });
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn a_pinned_app_follows_its_branch_only_if_its_mark_names_the_commit() {
        let (one, other) = ("a".repeat(40), "b".repeat(40));
        assert!(app(&json!("HEAD"), &Value::Null).follows_branch());
        assert!(app(&Value::Null, &Value::Null).follows_branch());
        assert!(app(&json!(one), &json!(mark(true, &one))).follows_branch());
        for watched in [Value::Null, json!(mark(true, &other)), json!(mark(false, &one))] {
            assert!(!app(&json!(one), &watched).follows_branch(), "{watched}");
        }
    }

    #[test]
    fn an_apps_source_matches_if_its_commit_and_its_mark_are_equal() {
        let commit = "a".repeat(40);
        let source = BuildSource {
            commit: commit.parse().unwrap(),
            follows_branch: true,
            has_switches: false,
        };
        assert!(app(&json!(commit), &json!(mark(true, &commit))).has_source(&source));
        assert!(!app(&json!(commit), &json!(mark(false, &commit))).has_source(&source));
        assert!(!app(&json!("HEAD"), &Value::Null).has_source(&source));
    }

    #[test]
    fn a_source_does_not_match_while_submodules_lfs_previews_or_auto_deploy_are_on() {
        let commit: CommitSha = "a".repeat(40).parse().unwrap();
        let has = |switch: &str, has_switches: bool| {
            let app = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "git_commit_sha": commit.as_str(),
                              "watch_paths": mark(true, commit.as_str()), "settings": { switch: true } });
            let app: Application = serde_json::from_value(app).unwrap();
            app.has_source(&BuildSource {
                commit: commit.clone(),
                follows_branch: true,
                has_switches,
            })
        };
        for switch in ["is_git_submodules_enabled", "is_git_lfs_enabled"] {
            assert!(!has(switch, true) && has(switch, false), "{switch}");
        }
        assert!(!has("is_preview_deployments_enabled", true));
        assert!(!has("is_auto_deploy_enabled", false));
        assert!(has("is_static", true));
    }
}
