//! What the metrics are read from.

use std::fmt;
use std::sync::Arc;

use covibe_dispatch::Dispatcher;

/// What only the surfaces of a server and its process know.
pub trait Edge: Send + Sync + 'static {
    /// Returns how many connections there are.
    fn connections(&self) -> usize;

    /// Returns how many requests were refused before anybody looked at their key, by reason.
    fn refused(&self) -> Vec<(&'static str, u64)>;

    /// Returns how many lines of the log were dropped.
    fn dropped_lines(&self) -> u64;
}

/// What is read for each page.
pub(crate) struct Sources {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) edge: Box<dyn Edge>,
    /// When the server started, in seconds since 1970.
    pub(crate) started: f64,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}
