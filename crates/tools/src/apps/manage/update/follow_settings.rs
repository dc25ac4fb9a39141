//! The fields of a patch that decide which pushes deploy the app.

use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::patch_parameter::AppPatch;
use crate::apps::repository::followed_branch::{FollowingChange, update_following};
use crate::patch_outcome::PatchOutcome;

/// The reason why an app that is not built from a repository has none of these members.
const NO_BRANCH: &str = "the app is not built from a repository";

/// The changes to following.
pub(super) struct Following {
    wanted: FollowingChange,
    /// True if the app may follow another branch after the call.
    may_move: bool,
}

impl Following {
    /// Returns the members of a patch that this application has. The others are reported as ignored.
    pub(super) fn from_patch(
        patch: &AppPatch,
        app: &Application,
        fates: &mut PatchOutcome,
    ) -> Self {
        if app.runs_image() {
            Self::ignore_members(patch, fates);
            return Self { wanted: FollowingChange::default(), may_move: false };
        }
        let (auto_deploy, watch_paths) = (patch.auto_deploy, patch.watch_paths.clone());
        Self {
            wanted: FollowingChange { auto_deploy, watch_paths },
            may_move: patch.branch.is_some(),
        }
    }

    /// Reports these members as ignored.
    pub(super) fn ignore_members(patch: &AppPatch, fates: &mut PatchOutcome) {
        if patch.auto_deploy.is_some() {
            fates.add_ignored("autoDeploy", NO_BRANCH);
        }
        if patch.watch_paths.is_some() {
            fates.add_ignored("watchPaths", NO_BRANCH);
        }
    }

    /// Records the branch that the application follows after its other changes.
    pub(super) async fn write(
        self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
        fates: &mut PatchOutcome,
    ) -> Result<(), Failure> {
        if !self.may_move && self.wanted.is_empty() {
            return Ok(());
        }
        let now = coolify.application(&app.uuid).await?;
        let given = [
            ("autoDeploy", self.wanted.auto_deploy.is_some()),
            ("watchPaths", self.wanted.watch_paths.is_some()),
        ];
        update_following(cx, &now, self.wanted).await?;
        for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            fates.add_applied(name);
        }
        Ok(())
    }
}
