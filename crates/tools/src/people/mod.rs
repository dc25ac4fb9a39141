//! The people of the company; for people who are signed in.

mod create;
mod leave;
mod link;
mod links;
mod list;
mod remove;
mod revoke_link;
mod update;
mod view;

use covibe_workspace::Tool;

pub(crate) use remove::OUTLIVES;
pub(crate) use view::photo_path;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<list::ListPeople>(),
        Tool::of::<create::CreatePerson>(),
        Tool::of::<update::UpdatePerson>(),
        Tool::of::<link::LinkPerson>(),
        Tool::of::<links::ListLinks>(),
        Tool::of::<revoke_link::RevokeLink>(),
        Tool::of::<remove::RemovePerson>(),
        Tool::of::<leave::Leave>(),
    ]
}
