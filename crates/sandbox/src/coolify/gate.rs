//! Authentication and the rate limit: tokens, and Laravel's fixed window of a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::abilities::{Abilities, Granted};
use super::errors;
use super::options::Options;
use crate::core::wire::{Reply, Request};

const WINDOW: Duration = Duration::from_mins(1);

/// Checks the token and its abilities, and counts the calls of each window.
pub(crate) struct Gate {
    token: String,
    granted: Granted,
    /// Further tokens.
    tokens: BTreeMap<String, Abilities>,
    /// Calls per window; none for no limit.
    limit: Option<u32>,
    window_start: Instant,
    used: u32,
}

/// A call that may pass.
pub(crate) struct Admitted {
    /// How many calls are left in this window.
    left: u32,
    /// What its token may do.
    pub(crate) abilities: Abilities,
}

impl Gate {
    /// Creates a gate for that token and the further ones of the options.
    pub(crate) fn new(token: String, options: &Options, now: Instant) -> Self {
        let (granted, tokens) = (options.abilities.clone(), options.tokens.clone());
        Self {
            token,
            granted,
            tokens,
            limit: options.budget_per_minute,
            window_start: now,
            used: 0,
        }
    }

    /// Admits a call. Coolify checks the token, then the rate limit, then the ability (4.3.11).
    pub(crate) fn admit(
        &mut self,
        request: &Request,
        now: Instant,
    ) -> Result<Admitted, Box<Reply>> {
        let bearer = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
        let abilities = bearer.and_then(|token| self.abilities_of(token));
        let abilities = abilities.ok_or_else(|| Box::new(errors::refusal(401)))?;
        let left = self.count(now)?;
        abilities.check(request)?;
        Ok(Admitted { left, abilities })
    }

    fn abilities_of(&self, token: &str) -> Option<Abilities> {
        if token == self.token { Some(self.granted.get()) } else { self.tokens.get(token).copied() }
    }

    /// Counts a call and returns how many are left in this window.
    fn count(&mut self, now: Instant) -> Result<u32, Box<Reply>> {
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
    pub(crate) fn add_headers(&self, admitted: &Admitted, reply: Reply) -> Reply {
        match self.limit {
            None => reply,
            Some(limit) => reply
                .header("X-RateLimit-Limit", &limit)
                .header("X-RateLimit-Remaining", &admitted.left),
        }
    }
}
