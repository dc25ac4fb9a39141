//! Where a resource lies on its upstream: the fact that tenancy is decided by.

/// The place of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The numeric id of its Coolify environment, where the answer told it. Coolify's resources
    /// carry nothing else: neither a project's nor an environment's uuid (read from 4.3.11).
    Environment(Option<i64>),
    /// Its Gitea organisation.
    Organisation(&'a str),
}

/// A resource that lies somewhere.
pub trait Placed {
    /// What to call it at the beginning of a sentence, like `Application`.
    const NOUN: &'static str;

    /// Its id on its upstream.
    fn id(&self) -> &str;

    /// Where it lies.
    fn place(&self) -> Place<'_>;
}
