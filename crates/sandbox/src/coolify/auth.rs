//! Who may call, and how often: one token, and Laravel's fixed window of a minute.

use std::time::{Duration, Instant};

use super::errors;
use crate::wire::{Reply, Request};

const WINDOW: Duration = Duration::from_mins(1);

/// The door: token and budget.
pub(super) struct Gate {
    token: String,
    budget: Option<u32>,
    since: Instant,
    used: u32,
}

impl Gate {
    /// A door for that token and so many calls a minute.
    pub(super) fn new(token: String, budget: Option<u32>) -> Self {
        Self { token, budget, since: Instant::now(), used: 0 }
    }

    /// Lets a call in and returns how many are left in this minute.
    pub(super) fn admit(&mut self, request: &Request) -> Result<u32, Box<Reply>> {
        let bearer = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
        if bearer != Some(self.token.as_str()) {
            return Err(Box::new(errors::refusal(401)));
        }
        let Some(budget) = self.budget else { return Ok(u32::MAX) };
        if self.since.elapsed() >= WINDOW {
            self.since = Instant::now();
            self.used = 0;
        }
        if self.used >= budget {
            return Err(Box::new(self.too_many(budget)));
        }
        self.used += 1;
        Ok(budget - self.used)
    }

    fn too_many(&self, budget: u32) -> Reply {
        let wait = WINDOW.saturating_sub(self.since.elapsed()).as_secs() + 1;
        errors::message(429, "Too Many Attempts.")
            .header("Retry-After", &wait)
            .header("X-RateLimit-Limit", &budget)
            .header("X-RateLimit-Remaining", &0)
    }

    /// Writes the budget onto an answer.
    pub(super) fn tell(&self, left: u32, reply: Reply) -> Reply {
        match self.budget {
            None => reply,
            Some(budget) => {
                reply.header("X-RateLimit-Limit", &budget).header("X-RateLimit-Remaining", &left)
            }
        }
    }
}
