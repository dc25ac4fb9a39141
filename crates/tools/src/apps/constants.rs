//! Constants that several operations on apps share.

/// The service of a compose file that gets the domain unless the call names one.
pub(super) const DEFAULT_SERVICE: &str = "server";

/// The longest default name of an app, in characters: that of a DNS label.
pub(super) const MAX_DEFAULT_NAME: usize = 63;

/// The port that the web server of a static site listens on, whatever its ports say (seen with Coolify
/// 4.3.11).
pub(super) const STATIC_PORT: u16 = 80;

/// The noun for an app in the journal and in messages. Apps of both kinds share it, because they
/// share one set of names.
pub(super) const KIND: &str = "app";
