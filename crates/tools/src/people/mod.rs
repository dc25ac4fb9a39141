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
        Tool::from_operation::<list::ListPeople>(),
        Tool::from_operation::<create::CreatePerson>(),
        Tool::from_operation::<update::UpdatePerson>(),
        Tool::from_operation::<link::LinkPerson>(),
        Tool::from_operation::<links::ListLinks>(),
        Tool::from_operation::<revoke_link::RevokeLink>(),
        Tool::from_operation::<remove::RemovePerson>(),
        Tool::from_operation::<leave::Leave>(),
    ]
}
