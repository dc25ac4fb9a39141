//! Auth providers of the allowlist.
//!
//! An auth provider does not become the property of its first visitor:
//!
//! - Keycloak and authentik create an administrator at their first start, by variables that are set before it.
//!   authentik reads its password only then, so a repeated `auth.create` keeps the existing one. `auth.create` and
//!   `auth.get` return it.
//! - SuperTokens has no administrator. It gets an API key before its first start, which is shown once.
//! - PocketBase prints a link with a token for its first superuser, so nobody without its log becomes that.
//! - Pocket ID and Logto belong to their first visitor. `auth.create` does not start them; it returns a page of the
//!   console, where a person opens the provider: `auth.open`, which keys can't call, starts it and leads the person
//!   to its set-up at once. The variable `COVIBE_OPENED` of the service records that, and every place for a start
//!   depends on it (`workspace/src/scoped/coolify/first_visitor_providers.rs`). `apps.volumes.wipe` resets it.

mod admin_and_addresses;
mod create;
mod delete;
mod errors;
mod get;
mod list;
mod next_steps;
mod open;
mod provider;
mod provider_answers;
mod provider_hosts;
mod required_envs;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<create::CreateAuth>(),
        Tool::from_operation::<delete::DeleteAuth>(),
        Tool::from_operation::<get::GetAuth>(),
        Tool::from_operation::<list::ListAuth>(),
        Tool::from_operation::<open::OpenAuth>(),
    ]
}
