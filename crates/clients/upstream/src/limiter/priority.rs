//! Which calls are made first.

/// How urgent a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it.
    #[default]
    Urgent,
    /// It repeats an earlier one to see whether something changed: it leaves a part of the burst to
    /// urgent calls and is served after them, until it has waited for three seconds.
    Poll,
}
