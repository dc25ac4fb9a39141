//! `get_skill`.

use covibe_domain::{Failure, Kind};
use covibe_operation::{Operation, Route, Spec, quotable_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::skills::{MAX_FILE, MAX_NAME, Snapshot};
use super::text_parts::page;

/// The number of names in a failure.
const MAX_NAMES: usize = 20;

/// Get the instructions of a skill: its SKILL.md. If that is long, the answer contains only its beginning and end.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct GetSkill {
    /// Its name, from list_skills.
    #[schemars(length(min = 1, max = MAX_NAME), example = &"deploy")]
    name: String,
    /// The byte to continue at: `contentNext` from the previous answer.
    #[serde(default)]
    #[schemars(range(max = MAX_FILE))]
    offset: Option<usize>,
}

/// A skill.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SkillText")]
pub(super) struct SkillText {
    /// Its name.
    #[schemars(example = &"deploy")]
    name: String,
    /// The commit that it is from.
    #[schemars(example = &"5f2b8c1d9e0a7f6b4c3d2e1f0a9b8c7d6e5f4a3b")]
    commit: String,
    /// Its SKILL.md, or a part of it.
    #[schemars(example = &"# Deploy")]
    content: String,
    /// Pass as offset to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_next: Option<usize>,
}

impl Operation<PlatformContext> for GetSkill {
    const SPEC: Spec = Spec::read("get_skill", Route::NONE);

    type Output = SkillText;

    async fn run(self, cx: &PlatformContext) -> Result<SkillText, Failure> {
        let repository = cx.skills().repository()?;
        let snapshot = cx.skills().snapshot().await?;
        let skill =
            snapshot.skills.get(&self.name).ok_or_else(|| no_skill(&self.name, &snapshot))?;
        let text = skill.text.as_deref().ok_or_else(unreadable_skill)?;
        let source = format!("the skill {} of {repository}", self.name);
        let content = page(&source, text, self.offset, "offset gets them");
        let (commit, content_next) = (snapshot.commit.clone(), content.next);
        Ok(SkillText { name: self.name, commit, content: content.framed, content_next })
    }
}

/// 404: the skill does not exist.
fn no_skill(name: &str, snapshot: &Snapshot) -> Failure {
    let failure = Failure::not_found(format!("There is no skill `{}`.", quotable_name(name)));
    if snapshot.skills.is_empty() {
        return failure.hint("The repository has no file skills/<name>/SKILL.md.");
    }
    let names: Vec<_> = snapshot.skills.keys().take(MAX_NAMES).map(String::as_str).collect();
    let more =
        if snapshot.skills.len() > MAX_NAMES { ", and others: call list_skills" } else { "" };
    failure.hint(format!("There are: {}{more}.", names.join(", ")))
}

/// 413: the file is too large, or not a text.
fn unreadable_skill() -> Failure {
    let message = format!("Its SKILL.md has more than {MAX_FILE} bytes, or is not text.");
    Failure::new(Kind::TooLarge, message).hint("Tell the person who wrote the skill.")
}
