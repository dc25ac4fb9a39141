//! The order of calls by urgency.

/// The urgency of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it.
    #[default]
    Urgent,
    /// It repeats an earlier one to see whether something changed: it leaves a part of the burst to
    /// urgent calls and is served after them, until it has waited for three seconds.
    Poll,
}
