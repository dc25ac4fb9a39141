//! What each key's value may be.

pub(super) mod deploy;
pub(super) mod environment;
pub(super) mod files;
pub(super) mod health;
pub(super) mod image;
pub(super) mod interpolation;
pub(super) mod labels;
pub(super) mod logging;
pub(super) mod names;
pub(super) mod networks;
pub(super) mod pairs;
pub(super) mod scalars;
pub(super) mod shell;
pub(super) mod stored;
pub(super) mod volumes;
