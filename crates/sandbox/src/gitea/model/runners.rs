//! Runners of Gitea Actions, and the tokens that register them.

use super::HookPlace;

/// A runner.
pub(crate) struct Runner {
    pub(crate) id: i64,
    pub(crate) place: HookPlace,
    pub(crate) name: String,
}

/// The runners of an instance.
#[derive(Default)]
pub(crate) struct Runners {
    pub(crate) all: Vec<Runner>,
    /// The registration token of each place that has one. It works until somebody replaces it.
    pub(crate) tokens: Vec<(HookPlace, String)>,
}
