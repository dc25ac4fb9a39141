//! Domains: what the workspace's owner buys, keeps and attaches to apps.

mod attach;
mod attach_target;
mod attached_hosts;
mod attachment_steps;
mod domain_description;
mod domain_names;
mod get;
mod list;
mod owner_contact;
mod register;
mod search;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<search::SearchDomains>(),
        Tool::from_operation::<register::RegisterDomain>(),
        Tool::from_operation::<list::ListDomains>(),
        Tool::from_operation::<get::GetDomain>(),
        Tool::from_operation::<attach::AttachDomain>(),
    ]
}
