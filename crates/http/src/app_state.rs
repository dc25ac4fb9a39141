//! The state that all routes share.

use std::sync::Arc;

use covibe_dispatch::Dispatcher;
use covibe_domain::own_origins::Doors;
use covibe_operation::cookbook::LazyCookbook;
use covibe_photos::Photos;

use crate::packages::Packages;

/// The state that all routes share.
#[derive(Clone, Debug)]
pub struct App {
    /// The dispatcher, which runs calls.
    pub dispatcher: Arc<Dispatcher>,
    /// The source of MCP's resources and prompts.
    pub cookbook: Arc<LazyCookbook>,
    /// The hosts and origins that are allowed.
    pub doors: Doors,
    /// The way in which people sign in.
    pub auth_mode: AuthMode,
    /// The photos of people.
    pub photos: Photos,
    /// The packages of the companion.
    pub packages: Packages,
}

/// The way in which people sign in.
#[derive(Clone, Debug, Default)]
pub enum AuthMode {
    /// With passwords of this server.
    #[default]
    Local,
    /// By WorkOS.
    WorkOs,
    /// Not at all, because the configuration is incomplete. [`crate::serve`] refuses it; an operator's commands, which
    /// sign nobody in, do not.
    Blocked,
}

impl AuthMode {
    /// Returns its word in the health answer.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::WorkOs => "workos",
            Self::Blocked => "blocked",
        }
    }
}
