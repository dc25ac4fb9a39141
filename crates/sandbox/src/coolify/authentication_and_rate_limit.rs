//! Authentication and the rate limit: tokens, and Laravel's fixed window of a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::abilities::{Abilities, Granted};
use super::errors;
use super::options::Options;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, Request};

const WINDOW: Duration = Duration::from_mins(1);

/// Checks the token and its abilities, and counts the calls of each window.
pub(crate) struct Gate {
    token: String,
    granted: Granted,
    /// Further tokens.
    tokens: BTreeMap<String, Abilities>,
    /// Calls per window; `None` for no limit.
    limit: Option<u32>,
    /// The beginning of the window: the first call after the end of the one before.
    window_start: Option<Instant>,
    used: u32,
}

/// A call that may pass.
pub(crate) struct Admitted {
    /// The number of calls that are left in this window.
    left: u32,
    /// The abilities of its token.
    pub(crate) abilities: Abilities,
}

impl Gate {
    /// Creates a gate for that token and the further ones of the options.
    pub(crate) fn new(token: String, options: &Options) -> Self {
        let (granted, tokens) = (options.abilities.clone(), options.tokens.clone());
        Self {
            token,
            granted,
            tokens,
            limit: options.budget_per_minute,
            window_start: None,
            used: 0,
        }
    }

    /// Admits a call. Coolify checks the token, then the rate limit, then the ability (4.3.11).
    pub(crate) fn admit(
        &mut self,
        request: &Request,
        now: Instant,
    ) -> Result<Admitted, Box<Reply>> {
        let abilities = self.abilities_in(request);
        let abilities = abilities.ok_or_else(|| Box::new(errors::refusal(401)))?;
        let admitted = Admitted { left: self.count(now)?, abilities };
        match abilities.check(request) {
            Ok(()) => Ok(admitted),
            Err(refusal) => Err(Box::new(self.add_headers(&admitted, *refusal))),
        }
    }

    /// Returns whether the token of a request is known.
    pub(crate) fn has_known_token(&self, request: &Request) -> bool {
        self.abilities_in(request).is_some()
    }

    fn abilities_in(&self, request: &Request) -> Option<Abilities> {
        let bearer = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
        bearer.and_then(|token| self.abilities_of(token))
    }

    /// Changes the rate limit (`API_RATE_LIMIT`) and begins a new window.
    pub(crate) fn set_limit(&mut self, limit: Option<u32>) {
        (self.limit, self.window_start) = (limit, None);
    }

    fn abilities_of(&self, token: &str) -> Option<Abilities> {
        if token == self.token { Some(self.granted.get()) } else { self.tokens.get(token).copied() }
    }

    /// Counts a call and returns the number that is left in this window.
    fn count(&mut self, now: Instant) -> Result<u32, Box<Reply>> {
        let Some(limit) = self.limit else { return Ok(u32::MAX) };
        let start = self.window_start.filter(|start| now.duration_since(*start) < WINDOW);
        let start = start.unwrap_or_else(|| {
            self.used = 0;
            now
        });
        self.window_start = Some(start);
        if self.used >= limit {
            return Err(Box::new(too_many(limit, (start + WINDOW).saturating_duration_since(now))));
        }
        self.used += 1;
        Ok(limit - self.used)
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

/// Returns the refusal of a call above the limit, as Laravel's `ThrottleRequests` makes it.
fn too_many(limit: u32, rest: Duration) -> Reply {
    let wait = rest.as_secs() + 1;
    let seconds = timestamp().as_millis() / 1_000 + i64::try_from(wait).unwrap_or_default();
    errors::message(429, "Too Many Attempts.")
        .header("Retry-After", &wait)
        .header("X-RateLimit-Reset", &seconds)
        .header("X-RateLimit-Limit", &limit)
        .header("X-RateLimit-Remaining", &0)
}
