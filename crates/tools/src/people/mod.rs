//! The people of the company; for people who are signed in.

mod members;
mod password_links;

use covibe_workspace::Tool;

pub(crate) use members::{OUTLIVES, photo_path};

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<members::ListPeople>(),
        Tool::from_operation::<members::CreatePerson>(),
        Tool::from_operation::<members::UpdatePerson>(),
        Tool::from_operation::<password_links::LinkPerson>(),
        Tool::from_operation::<password_links::ListLinks>(),
        Tool::from_operation::<password_links::RevokeLink>(),
        Tool::from_operation::<members::RemovePerson>(),
        Tool::from_operation::<members::Leave>(),
    ]
}
