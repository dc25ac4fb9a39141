//! People.

use super::words;

words! {
    /// What a member may do in a tenant or in a workspace.
    Role {
        /// Everything, and manage its members.
        Admin = "admin",
        /// Use it.
        Member = "member",
    }
}
