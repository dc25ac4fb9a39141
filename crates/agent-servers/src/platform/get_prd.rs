//! `get_prd`.

use covibe_domain::{Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::finalize_prd::PrdProject;
use super::prd::Current;
use super::text_parts::page;

/// The number of files that were set aside and are named.
const MAX_ASIDE: usize = 10;

/// Get the PRD that finalize_prd saved last. If it is long, the answer contains only its beginning and end.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct GetPrd {
    /// The byte to continue at: `contentNext` from the previous answer.
    #[serde(default)]
    #[schemars(range(max = 400_000))]
    offset: Option<usize>,
}

/// The PRD.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Prd")]
pub(super) struct Prd {
    /// Its title.
    #[schemars(example = &"Shop")]
    title: String,
    /// The number of this version.
    version: u64,
    /// The number of versions that are kept.
    versions: usize,
    /// When this version was finalized.
    finalized_at: Timestamp,
    /// The document, or a part of it.
    #[schemars(example = &"# Shop\n\nGoals: …")]
    content: String,
    /// Pass as offset to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_next: Option<usize>,
    /// The project that it was written to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<PrdProject>,
    /// Files of newer versions that could not be read, under their current names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<String>,
}

impl Operation<PlatformContext> for GetPrd {
    const SPEC: Spec = Spec::read("get_prd", Route::NONE);

    type Output = Prd;

    async fn run(self, cx: &PlatformContext) -> Result<Prd, Failure> {
        let current = cx.prd().current().await?.ok_or_else(no_prd)?;
        let Current { number, version, versions, project, mut set_aside } = current;
        set_aside.truncate(MAX_ASIDE);
        let content = page("a PRD", &version.content, self.offset, "offset gets them");
        Ok(Prd {
            title: version.title,
            version: number,
            versions,
            finalized_at: version.finalized_at,
            content: content.framed,
            content_next: content.next,
            project: project.map(Into::into),
            set_aside,
        })
    }
}

/// 404: no PRD was finalized.
fn no_prd() -> Failure {
    Failure::not_found("No PRD was finalized for this session key.")
        .hint("Call finalize_prd once the document is finished.")
}
