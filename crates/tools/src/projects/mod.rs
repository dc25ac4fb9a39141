//! Projects: what the owner of a workspace plans, brings along or has built.

mod create;
mod get;
mod link;
mod list;
mod update;

use covibe_domain::Failure;
use covibe_workspace::Tool;

/// How many characters the text of a project may have.
const MAX_BODY: u32 = 100_000;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateProject>(),
        Tool::of::<get::GetProject>(),
        Tool::of::<list::ListProjects>(),
        Tool::of::<update::UpdateProject>(),
    ]
}

/// Refuses a name that is not one line of text.
fn check_name(member: &str, name: &str) -> Result<(), Failure> {
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(Failure::invalid(format!("`{member}` must be one line of text.")));
    }
    Ok(())
}

/// Refuses what PostgreSQL does not keep.
fn check_body(body: &str) -> Result<(), Failure> {
    if body.contains('\0') {
        return Err(Failure::invalid("`body` must be text; it has a NUL character."));
    }
    Ok(())
}
