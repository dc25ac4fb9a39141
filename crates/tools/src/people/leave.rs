//! `POST …/people/leave`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Leave the company. The own sessions here end, and the keys that were minted are revoked.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Leave {}

/// The result of leaving the company.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LeftCompany {
    /// Always true.
    #[schemars(example = true)]
    left: bool,
}

impl Operation<Workspace> for Leave {
    const SPEC: Spec =
        Spec::destroy("people.leave", Route::post("/people/leave")).for_people().early();

    type Output = LeftCompany;

    async fn run(self, cx: &Workspace) -> Result<LeftCompany, Failure> {
        cx.people().leave().await?;
        Ok(LeftCompany { left: true })
    }
}
