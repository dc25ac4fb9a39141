//! `list_skills`.

use std::fmt::Write as _;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PlatformContext;
use super::skills::{Skill, Snapshot};
use crate::untrusted_text::{framed, json_size};

/// The maximum size of all descriptions in JSON, in bytes. The names may take 8 KB beside them.
const MAX_DESCRIPTIONS: usize = 20 * 1024;

/// List the skills of the skills repository: instructions for tasks, which get_skill returns.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct ListSkills {}

/// The skills.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SkillList")]
pub(super) struct SkillList {
    /// The repository.
    #[schemars(example = &"acme/skills")]
    repository: String,
    /// The commit that they are from.
    #[schemars(example = &"5f2b8c1d9e0a7f6b4c3d2e1f0a9b8c7d6e5f4a3b")]
    commit: String,
    /// The names of the skills.
    #[schemars(example = &["deploy"])]
    names: Vec<String>,
    /// Each skill in a line, with its description.
    #[schemars(example = &"- deploy: Deploy an app")]
    skills: String,
    /// The number of skills in the repository.
    total: usize,
    /// True if skills or descriptions are left out here.
    truncated: bool,
}

impl Operation<PlatformContext> for ListSkills {
    const SPEC: Spec = Spec::read("list_skills", Route::NONE);

    type Output = SkillList;

    async fn run(self, cx: &PlatformContext) -> Result<SkillList, Failure> {
        let repository = cx.skills().repository()?;
        let snapshot = cx.skills().snapshot().await?;
        let (lines, described) = descriptions(&snapshot);
        let total = snapshot.skills.len() + snapshot.omitted;
        Ok(SkillList {
            commit: snapshot.commit.clone(),
            names: snapshot.skills.keys().cloned().collect(),
            skills: framed(
                &format!("the repository {repository}"),
                &lines,
                "get_skill returns one",
            ),
            repository,
            total,
            truncated: described < total,
        })
    }
}

/// Returns a line for each of the skills, as far as they fit, and how many these are.
fn descriptions(snapshot: &Snapshot) -> (String, usize) {
    let mut lines = String::new();
    for (number, (name, skill)) in snapshot.skills.iter().enumerate() {
        let before = lines.len();
        let _written = writeln!(lines, "- {name}: {}", described(skill));
        if json_size(&lines) > MAX_DESCRIPTIONS {
            lines.truncate(before);
            return (lines, number);
        }
    }
    (lines, snapshot.skills.len())
}

fn described(skill: &Skill) -> &str {
    match (&skill.text, &skill.description) {
        (None, _) => "(its SKILL.md is too long or not text)",
        (Some(_), None) => "(no description)",
        (Some(_), Some(description)) => description,
    }
}
