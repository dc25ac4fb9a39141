//! Why a variable in a value is not acceptable.

/// A variable that is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidVariable {
    /// A `$` does not start a variable.
    Malformed,
    /// The variable configures Docker Compose, or belongs to the host.
    OfHost,
    /// The value sets a variable that Coolify sets from the domains.
    OfDomains,
    /// Coolify would read another variable than Docker Compose, or fail.
    Misread,
}
