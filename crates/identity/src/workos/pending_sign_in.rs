//! A sign-in that was started and has not come back: its state, its verifier and where it leads, sealed into
//! a cookie, so that only the browser that has started it can finish it.

use std::time::Duration;

use covibe_crypto::{SecretBox, mint_token};
use covibe_domain::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// The time within which a sign-in must come back.
pub(super) const LIFETIME: Duration = Duration::from_mins(10);

/// The purpose for which the cookie is sealed.
const WHAT: &str = "sign-in";

/// The longest cookie that is opened, in bytes.
const LONGEST: usize = 4096;

/// A sign-in that was started.
pub(super) struct Pending {
    /// The state that the browser brings back: 256 random bits.
    pub(super) state: Secret,
    /// The PKCE verifier, which proves to WorkOS that the sign-in was started here: 256 random bits.
    pub(super) verifier: Secret,
    /// Where it leads.
    pub(super) return_to: String,
    started: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    state: String,
    verifier: String,
    return_to: String,
    started: i64,
}

impl Pending {
    /// Starts a sign-in.
    pub(super) fn start(return_to: &str) -> Self {
        let (state, verifier) = (mint_token().token, mint_token().token);
        Self { state, verifier, return_to: return_to.to_owned(), started: Timestamp::now() }
    }

    /// Returns the cookie.
    pub(super) fn seal(&self, seals: &SecretBox) -> Option<Secret> {
        let wire = Wire {
            state: self.state.expose().to_owned(),
            verifier: self.verifier.expose().to_owned(),
            return_to: self.return_to.clone(),
            started: self.started.as_millis(),
        };
        let text = Secret::new(serde_json::to_string(&wire).ok()?);
        seals.seal(WHAT, "", &text).ok().map(Secret::new)
    }

    /// Opens the cookie of a browser that comes back with this state; `None` if it is not the one that has
    /// started the sign-in, or comes too late.
    pub(super) fn open(seals: &SecretBox, cookie: &str, state: &str) -> Option<Self> {
        if cookie.len() > LONGEST {
            return None;
        }
        let text = seals.open(WHAT, "", cookie).ok()?;
        let Wire { state: own, verifier, return_to, started } =
            serde_json::from_str(text.expose()).ok()?;
        let started = Timestamp::from_millis(started);
        let age = Timestamp::now().as_millis().checked_sub(started.as_millis())?;
        let is_current = u128::try_from(age).is_ok_and(|age| age < LIFETIME.as_millis());
        let is_its = bool::from(own.as_bytes().ct_eq(state.as_bytes()));
        (is_current && is_its).then(|| {
            let (state, verifier) = (Secret::new(own), Secret::new(verifier));
            Self { state, verifier, return_to, started }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seals(password: &str) -> SecretBox {
        SecretBox::from_password(&Secret::new(password)).unwrap()
    }

    #[test]
    fn a_pending_sign_in_opens_only_with_its_state_and_for_ten_minutes() {
        let seals = seals("one");
        let mut pending = Pending::start("/console/keys");
        let state = pending.state.expose().to_owned();
        let cookie = pending.seal(&seals).unwrap();
        let opened = Pending::open(&seals, cookie.expose(), &state).unwrap();
        assert_eq!(opened.return_to, "/console/keys");
        assert_eq!(opened.verifier, pending.verifier);
        for other in ["", "x", &state[1..]] {
            assert!(Pending::open(&seals, cookie.expose(), other).is_none());
        }
        assert!(Pending::open(&self::seals("other"), cookie.expose(), &state).is_none());
        for shift in [600_000, -1_000] {
            pending.started = Timestamp::from_millis(Timestamp::now().as_millis() - shift);
            let cookie = pending.seal(&seals).unwrap();
            assert!(Pending::open(&seals, cookie.expose(), &state).is_none(), "{shift}");
        }
    }

    #[test]
    fn the_sign_in_cookie_has_only_characters_that_headers_allow() {
        let cookie = Pending::start("/").seal(&seals("one")).unwrap();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        assert!(cookie.expose().bytes().all(is_plain));
        assert!(Pending::open(&seals("one"), &"a".repeat(LONGEST + 1), "").is_none());
    }
}
