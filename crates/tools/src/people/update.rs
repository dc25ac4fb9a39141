//! `PATCH …/people/{userId}`.

use covibe_domain::entities::Role;
use covibe_domain::{Failure, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::view::{Person, person};

/// Change a member's role in the company, or whether they are a member of this workspace. They lose the keys that they
/// minted with rights which they no longer have.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({ "role": "admin" }))]
pub(crate) struct UpdatePerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
    /// Their role in the company.
    #[serde(default)]
    #[schemars(example = &"admin")]
    role: Option<Role>,
    /// true makes them a member of this workspace; false ends that.
    #[serde(default)]
    #[schemars(example = true)]
    in_workspace: Option<bool>,
}

impl Operation<Workspace> for UpdatePerson {
    const SPEC: Spec = Spec::write("people.update", Route::patch("/people/{userId}"))
        .for_admins()
        .early()
        .idempotent();

    type Output = Person;

    async fn run(self, cx: &Workspace) -> Result<Person, Failure> {
        if self.role.is_none() && self.in_workspace.is_none() {
            return Err(Failure::invalid("The call changes nothing.")
                .hint("Pass role, inWorkspace, or both."));
        }
        let people = cx.people();
        let present = people.get(&self.user_id).await?;
        // Before the role in the company: an admin becomes a member of what they stay in.
        match (self.in_workspace, present.workspace_role) {
            (Some(true), None) => {
                people.set_workspace_role(&self.user_id, Some(Role::Member)).await?;
            }
            (Some(false), _) => people.set_workspace_role(&self.user_id, None).await?,
            _ => {}
        }
        if let Some(role) = self.role.filter(|role| *role != present.member.role) {
            people.set_role(&self.user_id, role).await?;
        }
        person(cx, &self.user_id).await
    }
}
