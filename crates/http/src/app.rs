//! What all routes share.

use std::sync::Arc;

use covibe_dispatch::Dispatcher;
use covibe_domain::doors::Doors;
use covibe_operation::cookbook::Cookbook;

/// What all routes share.
#[derive(Clone, Debug)]
pub struct App {
    /// Carries calls out.
    pub dispatcher: Arc<Dispatcher>,
    /// The source of MCP's resources and prompts.
    pub cookbook: Arc<Cookbook>,
    /// The hosts and origins that are allowed.
    pub doors: Doors,
    /// How people sign in, for the health answer: `local` or `workos`.
    pub auth_mode: &'static str,
}
