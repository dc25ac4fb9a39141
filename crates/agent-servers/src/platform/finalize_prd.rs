//! `finalize_prd`.

use covibe_domain::{Failure, ProjectId, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::prd::{Finalized, MAX_TEXT, MAX_TITLE, Published, Version};

/// Save the finished product requirements document (PRD), which get_prd returns. Earlier versions are kept. If a Co-Vibe
/// server is set up, the PRD also becomes a project there. Repeating the call changes nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct FinalizePrd {
    /// The title, in one line.
    #[schemars(length(min = 1, max = MAX_TITLE), example = &"Shop")]
    title: String,
    /// The whole text, usually Markdown.
    #[schemars(length(min = 1, max = MAX_TEXT), example = &"# Shop\n\nGoals: …")]
    content: String,
}

/// The version that was saved.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FinalizedPrd")]
pub(super) struct FinalizedPrd {
    /// The number of this version.
    version: u64,
    /// The number of the version that it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<u64>,
    /// The number of the oldest version, which was removed: 100 are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<u64>,
    /// The project on the Co-Vibe server, which has this version now.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<PrdProject>,
}

/// A project on a Co-Vibe server.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrdProject {
    /// Its id.
    id: ProjectId,
    /// The slug of its workspace.
    #[schemars(example = &"mark")]
    workspace: String,
}

impl From<Published> for PrdProject {
    fn from(published: Published) -> Self {
        Self { id: published.id, workspace: published.workspace.to_string() }
    }
}

impl Operation<PlatformContext> for FinalizePrd {
    const SPEC: Spec = Spec::write("finalize_prd", Route::NONE).idempotent();

    type Output = FinalizedPrd;

    async fn run(self, cx: &PlatformContext) -> Result<FinalizedPrd, Failure> {
        let version = Version::new(Timestamp::now(), self.title, self.content)?;
        let finalized = cx.prd().finalize(version).await?;
        let Finalized { version, replaced, removed, project } = finalized;
        Ok(FinalizedPrd { version, replaced, removed, project: project.map(Into::into) })
    }
}
