//! `GET /api/workspaces`.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::summary;
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// List the workspaces that the caller has access to: with an API key, its own one.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListWorkspaces {}

/// The workspaces.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Workspaces {
    workspaces: Vec<WorkspaceSummary>,
}

impl Operation for ListWorkspaces {
    const SPEC: Spec =
        Spec::read("workspaces.list", Route::get("/api/workspaces")).rest_only().early();

    type Output = Workspaces;

    async fn run(self, cx: &Workspace) -> Result<Workspaces, Failure> {
        Ok(Workspaces { workspaces: vec![summary(cx)] })
    }
}
