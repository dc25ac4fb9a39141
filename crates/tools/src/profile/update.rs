//! `PATCH …/profile`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::get::Profile;
use crate::resource_names::{VISIBLE, check_label};

/// Change the signed-in person's name.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct UpdateProfile {
    /// The name.
    #[schemars(length(min = 1, max = 100), extend("x-pattern" = VISIBLE), example = &"Ada")]
    name: String,
}

impl Operation<Workspace> for UpdateProfile {
    const SPEC: Spec =
        Spec::write("profile.update", Route::patch("/profile")).for_people().early().idempotent();

    type Output = Profile;

    async fn run(self, cx: &Workspace) -> Result<Profile, Failure> {
        check_label(&self.name)?;
        cx.people().rename(&self.name).await?;
        cx.people().profile().await.map(Profile::from)
    }
}
