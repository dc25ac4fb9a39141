//! Databases, of the eight flavors that Coolify runs.

mod create;
mod credentials;
mod delete;
mod get;
mod image;
mod limits;
mod list;
mod update;
mod view;

use covibe_domain::{DatabaseUuid, Failure};
use covibe_workspace::Tool;

/// What they are called in the journal of creations.
const KIND: &str = "database";

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateDatabase>(),
        Tool::of::<delete::DeleteDatabase>(),
        Tool::of::<get::GetDatabase>(),
        Tool::of::<list::ListDatabases>(),
        Tool::of::<update::UpdateDatabase>(),
    ]
}

/// One of a type that Coolify has and this release does not know is none of ours.
fn unknown(uuid: &DatabaseUuid) -> Failure {
    Failure::not_found(format!("Database {uuid} was not found."))
        .hint("Use databases.list to find the right uuid.")
}

/// Coolify would turn it off again without a word, or write it down and open nothing.
fn port_missing() -> Failure {
    Failure::invalid("isPublic needs publicPort.")
        .hint("Pass a publicPort from 1024 to 65535 that is free on the server.")
}
