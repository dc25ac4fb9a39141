//! `POST …/people/{userId}/link`.

use covibe_domain::{Failure, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Link;

/// Create a link by which a member chooses another password. It is shown once, and earlier ones are void.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkPerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
}

impl Operation<Workspace> for LinkPerson {
    const SPEC: Spec = Spec::write("people.link", Route::post("/people/{userId}/link"))
        .for_admins()
        .early()
        .creates();

    type Output = Link;

    async fn run(self, cx: &Workspace) -> Result<Link, Failure> {
        let token = cx.people().link(&self.user_id).await?;
        Link::password(cx, &token)
    }
}
