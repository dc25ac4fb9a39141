//! The location of a resource on its upstream, which decides to which workspace it belongs.

use crate::ids::WorkspaceId;

/// The location of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// The numeric id of its Coolify environment, if the answer contained it. Coolify's resources carry
    /// neither the uuid of their project nor that of their environment (4.3.11).
    Environment(Option<i64>),
    /// Its Gitea organisation.
    Organisation(&'a str),
    /// The workspace that our own records name.
    Workspace(&'a WorkspaceId),
}

/// A resource with a location.
pub trait Located {
    /// The kind of resource, as it starts a sentence, such as `Application`.
    const NOUN: &'static str;

    /// Returns its id on its upstream.
    fn id(&self) -> &str;

    /// Returns its location.
    fn location(&self) -> Location<'_>;
}
