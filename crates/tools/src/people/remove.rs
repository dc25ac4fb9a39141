//! `DELETE …/people/{userId}`.

use covibe_domain::{Failure, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Remove a member from the company. Their sessions here end, and the keys, links and invitations that they made are void.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovePerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
}

/// The person who was removed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RemovedPerson {
    /// The person's id.
    #[schemars(example = &"usr_0123456789abcdef")]
    removed: UserId,
    /// The credentials that they may still know.
    #[schemars(example = &OUTLIVES)]
    hint: &'static str,
}

/// The credentials that are of a workspace and not of a person or a key, and the way to replace them.
pub(crate) const OUTLIVES: &str = "The tokens of the workspace's bot at Gitea go on working for whoever has read them by \
     gitea.credentials: replace them with workspace.provision and rotate: [\"pat\"]. Passwords of databases and variables \
     of apps stay as they are, too.";

impl Operation<Workspace> for RemovePerson {
    const SPEC: Spec =
        Spec::destroy("people.remove", Route::delete("/people/{userId}")).for_admins().early();

    type Output = RemovedPerson;

    async fn run(self, cx: &Workspace) -> Result<RemovedPerson, Failure> {
        cx.people().remove(&self.user_id).await?;
        Ok(RemovedPerson { removed: self.user_id, hint: OUTLIVES })
    }
}
