//! Domains: what the workspace's owner buys, keeps and attaches to apps.

mod attach;
mod contact;
mod get;
mod hosts;
mod list;
mod name;
mod register;
mod search;
mod steps;
mod target;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<search::SearchDomains>(),
        Tool::of::<register::RegisterDomain>(),
        Tool::of::<list::ListDomains>(),
        Tool::of::<get::GetDomain>(),
        Tool::of::<attach::AttachDomain>(),
    ]
}
