//! The source of a queue's tokens.

use std::time::Duration;

use tokio::time::Instant;

use super::priority::Priority;
use super::usage::PaceChange;

/// A source of tokens.
pub(super) trait Tokens {
    /// Adds the tokens that are due.
    fn refill(&mut self, now: Instant);

    /// Takes a token if there is one for this priority.
    fn take(&mut self, priority: Priority) -> bool;

    /// Returns how many tokens there are for polls; a guess where they come from a count elsewhere.
    fn spare(&self) -> u32;

    /// Returns an unused token.
    fn put_back(&mut self);

    /// Returns when the next token for this priority is due, if that is known.
    fn due(&self, priority: Priority) -> Instant;

    /// Returns the shortest time until this many more tokens are there.
    fn wait(&self, turns: u32, priority: Priority) -> Duration;

    /// Changes the rate, with so many calls in flight.
    fn change(&mut self, change: PaceChange, in_flight: u32);

    /// Spreads the calls that are left over the time that is left, if they would not last so long.
    fn stretch(&mut self, left: u32, time: Duration);

    /// Returns whether waiting is pointless.
    fn is_closed(&self) -> bool {
        false
    }
}
