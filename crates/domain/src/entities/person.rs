//! The roles of people.

use super::words;

words! {
    /// The role of a member in a tenant or in a workspace.
    Role {
        /// May do everything, and manages the members.
        Admin = "admin",
        /// May use the tenant or the workspace.
        Member = "member",
    }
}
