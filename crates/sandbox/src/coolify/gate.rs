//! Authentication and the rate limit: one token, and Laravel's fixed window of a minute.

use std::time::{Duration, Instant};

use super::errors;
use crate::core::wire::{Reply, Request};

const WINDOW: Duration = Duration::from_mins(1);

/// Checks the token and counts the calls of each window.
pub(crate) struct Gate {
    token: String,
    /// Calls per window; none for no limit.
    limit: Option<u32>,
    window_start: Instant,
    used: u32,
}

impl Gate {
    /// Creates a gate for that token, with a limit in calls per minute.
    pub(crate) fn new(token: String, limit: Option<u32>, now: Instant) -> Self {
        Self { token, limit, window_start: now, used: 0 }
    }

    /// Admits a call and returns how many are left in this window.
    pub(crate) fn admit(&mut self, request: &Request, now: Instant) -> Result<u32, Box<Reply>> {
        let bearer = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
        if bearer != Some(self.token.as_str()) {
            return Err(Box::new(errors::refusal(401)));
        }
        let Some(limit) = self.limit else { return Ok(u32::MAX) };
        if now.duration_since(self.window_start) >= WINDOW {
            self.window_start = now;
            self.used = 0;
        }
        if self.used >= limit {
            return Err(Box::new(self.too_many(limit, now)));
        }
        self.used += 1;
        Ok(limit - self.used)
    }

    fn too_many(&self, limit: u32, now: Instant) -> Reply {
        let elapsed = now.duration_since(self.window_start);
        let wait = WINDOW.saturating_sub(elapsed).as_secs() + 1;
        errors::message(429, "Too Many Attempts.")
            .header("Retry-After", &wait)
            .header("X-RateLimit-Limit", &limit)
            .header("X-RateLimit-Remaining", &0)
    }

    /// Adds the rate limit's headers to an answer.
    pub(crate) fn add_headers(&self, left: u32, reply: Reply) -> Reply {
        match self.limit {
            None => reply,
            Some(limit) => {
                reply.header("X-RateLimit-Limit", &limit).header("X-RateLimit-Remaining", &left)
            }
        }
    }
}
