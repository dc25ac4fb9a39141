//! Browsers with which a person has signed in by their current password. Wrong passwords from one of them count apart
//! from all others, so that nobody else can keep the person out.
//!
//! Such a browser has a cookie, and the server stores nothing: the cookie is the browser's id, the time and their proof,
//! which is of the person and of the hash of their password, too. A new password makes strangers of all browsers: also of
//! those of somebody who knew the one before.

use std::time::Duration;

use covibe_crypto::mint_token;
use covibe_domain::{Secret, Timestamp, UserId};

use super::BrowserOrigin;
use crate::authentication_state::Identity;

/// The time for which a browser is known after a sign-in.
pub const KNOWN_BROWSER: Duration = Duration::from_hours(180 * 24);

/// The longest cookie that is looked at, in bytes.
const LONGEST: usize = 200;

impl Identity {
    /// Returns the id of the browser if this person has signed in with it.
    pub(super) fn known_browser<'a>(
        &self,
        from: &'a BrowserOrigin,
        user: &UserId,
        hash: &Secret,
    ) -> Option<&'a str> {
        let cookie = from.known.as_ref()?.expose();
        let (id, rest) = cookie.split_once('.').filter(|_| cookie.len() <= LONGEST)?;
        let (at, proof) = rest.split_once('.')?;
        let since = Timestamp::from_millis(at.parse().ok()?);
        let is_current = since > Timestamp::now().before(KNOWN_BROWSER);
        let is_proved = self.browsers.confirm(&text_to_prove(id, at, user, hash), proof);
        (is_current && is_proved).then_some(id)
    }

    /// Returns the cookie of a browser with which a person has signed in; of a new one without an id.
    pub(super) fn browser_cookie(
        &self,
        id: Option<&str>,
        user: &UserId,
        hash: &Secret,
    ) -> Option<Secret> {
        let id = id.map_or_else(|| mint_token().token, Secret::new);
        let (id, at) = (id.expose(), Timestamp::now().as_millis().to_string());
        let proof = self.browsers.prove(&text_to_prove(id, &at, user, hash)).into_iter().next()?;
        Some(Secret::new(format!("{id}.{at}.{}", proof.expose())))
    }
}

fn text_to_prove(id: &str, at: &str, user: &UserId, hash: &Secret) -> String {
    format!("{id}.{at}.{user}.{}", hash.expose())
}
