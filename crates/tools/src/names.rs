//! The names that agents give.

/// What an app, a database or an auth provider may be called. Coolify trims what it is told, so
/// that a name must not begin or end with a blank: it would not be found again.
pub(crate) const NAME: &str = r"^[A-Za-z0-9][\w.-]{0,62}$";
