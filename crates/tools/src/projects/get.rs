//! `projects.get`.

use covibe_domain::entities::Project;
use covibe_domain::{Failure, ProjectId};
use covibe_operation::{MAX_TEXT, Operation, Route, Spec, excerpt};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Get one project with its text.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GetProject {
    /// The id, as projects.list returns it.
    project_id: ProjectId,
    /// The byte at which to continue a long body: `bodyNext` from the previous answer.
    #[serde(default)]
    #[schemars(range(max = 400_000))]
    body_offset: Option<usize>,
}

/// A project and, if its text is long, where the rest begins.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProjectDetails")]
pub(crate) struct ProjectPage {
    #[serde(flatten)]
    project: Project,
    /// Pass as `bodyOffset` to get the rest of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_next: Option<usize>,
}

impl Operation<Workspace> for GetProject {
    const SPEC: Spec = Spec::read("projects.get", Route::get("/projects/{projectId}")).early();

    type Output = ProjectPage;

    async fn run(self, cx: &Workspace) -> Result<ProjectPage, Failure> {
        let mut project = cx.projects().get(&self.project_id).await?;
        let links = serde_json::to_string(&project.links).map_or(0, |text| text.len());
        let body = project.body.take().unwrap_or_default();
        let (part, next) = part(body, self.body_offset, MAX_TEXT.saturating_sub(links));
        project.body = Some(part);
        Ok(ProjectPage { project, body_next: next })
    }
}

/// Returns the part of a text from `offset` on, or its head and tail without one, and the offset of
/// the rest. `max_size` is in bytes.
fn part(text: String, offset: Option<usize>, max_size: usize) -> (String, Option<usize>) {
    let Some(offset) = offset else {
        let excerpt = excerpt(text, max_size, "bodyOffset gets them");
        return (excerpt.text, (excerpt.omitted > 0).then_some(excerpt.begins));
    };
    let rest = &text[text.floor_char_boundary(offset)..];
    let shown = &rest[..rest.floor_char_boundary(max_size)];
    let next = text.len() - rest.len() + shown.len();
    (shown.to_owned(), (next < text.len()).then_some(next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn returns_nothing_past_the_end() {
        assert_eq!(part("abc".to_owned(), Some(7), 100), (String::new(), None));
        assert_eq!(part("abc".to_owned(), None, 100), ("abc".to_owned(), None));
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_text(text in "\\PC{0,300}", max_size in 8_usize..100) {
            let (first, next) = part(text.clone(), None, max_size);
            let Some(mut at) = next else {
                prop_assert_eq!(first, text);
                return Ok(());
            };
            let mut whole = text[..at].to_owned();
            prop_assert!(first.starts_with(&whole));
            loop {
                let (more, next) = part(text.clone(), Some(at), max_size);
                prop_assert!(!more.is_empty() && more.len() <= max_size);
                whole.push_str(&more);
                match next {
                    Some(next) => at = next,
                    None => break,
                }
            }
            prop_assert_eq!(whole, text);
        }
    }
}
