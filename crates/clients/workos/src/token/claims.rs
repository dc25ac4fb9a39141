//! The claims of a token, and the checks of them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::error::TokenError;
use crate::ids::{OrganizationId, SessionId, UserId};

/// The claims of a verified access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The person.
    pub user: UserId,
    /// The session at WorkOS, which signing out ends.
    pub session: SessionId,
    /// The organisation that the session is in.
    pub organization: Option<OrganizationId>,
    /// The slug of the person's role in it, such as `admin` or `member`.
    pub role: Option<String>,
}

/// The claims that a token must have.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The client that it is for.
    pub(crate) client_id: String,
    /// The issuer; `None` if it is not checked.
    pub(crate) issuer: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    sub: UserId,
    sid: SessionId,
    exp: f64,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
    client_id: Option<String>,
    org_id: Option<OrganizationId>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn contains(&self, client_id: &str) -> bool {
        match self {
            Self::One(one) => one == client_id,
            Self::Many(many) => many.iter().any(|one| one == client_id),
        }
    }
}

impl Expected {
    /// Reads the claims of a token whose signature was verified, at a time.
    pub(super) fn check(&self, claims: &[u8], now: SystemTime) -> Result<Claims, TokenError> {
        let wire: Wire = serde_json::from_slice(claims).map_err(|_| TokenError::Form)?;
        let now = now.duration_since(UNIX_EPOCH).map_err(|_| TokenError::Time)?.as_secs_f64();
        // A comparison with NaN is false.
        let is_current = now < wire.exp && wire.nbf.is_none_or(|from| from <= now);
        if !is_current {
            return Err(TokenError::Time);
        }
        if self.issuer.is_some() && self.issuer != wire.iss {
            return Err(TokenError::Issuer);
        }
        let is_ours = wire.aud.is_none_or(|audience| audience.contains(&self.client_id))
            && wire.client_id.is_none_or(|client| client == self.client_id);
        if !is_ours {
            return Err(TokenError::Audience);
        }
        let Wire { sub: user, sid: session, org_id: organization, role, .. } = wire;
        Ok(Claims { user, session, organization, role })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn check(change: impl FnOnce(&mut Value)) -> Result<Claims, TokenError> {
        let mut claims = json!({ "sub": "user_1", "sid": "session_1", "exp": 1_000, "iss": "us" });
        change(&mut claims);
        let expected = Expected { client_id: "client_1".into(), issuer: Some("us".into()) };
        let now = UNIX_EPOCH + Duration::from_secs(999);
        expected.check(claims.to_string().as_bytes(), now)
    }

    #[test]
    fn user_session_organisation_and_role_are_read_from_the_claims() {
        let claims = check(|claims| {
            claims["org_id"] = json!("org_1");
            claims["role"] = json!("admin");
            claims["aud"] = json!(["other", "client_1"]);
            claims["client_id"] = json!("client_1");
            claims["nbf"] = json!(999);
            claims["permissions"] = json!(["a"]);
        });
        let claims = claims.unwrap();
        assert_eq!((claims.user.as_str(), claims.session.as_str()), ("user_1", "session_1"));
        assert_eq!(claims.organization.unwrap().as_str(), "org_1");
        assert_eq!(claims.role.as_deref(), Some("admin"));
    }

    #[test]
    fn claims_of_another_issuer_client_or_time_are_refused() {
        for (name, value, expected) in [
            ("exp", json!(999), TokenError::Time),
            ("exp", Value::Null, TokenError::Form),
            ("exp", json!("1000"), TokenError::Form),
            ("nbf", json!(999.5), TokenError::Time),
            ("iss", json!("them"), TokenError::Issuer),
            ("iss", Value::Null, TokenError::Issuer),
            ("aud", json!("client_2"), TokenError::Audience),
            ("aud", json!([]), TokenError::Audience),
            ("client_id", json!("client_2"), TokenError::Audience),
            ("sub", Value::Null, TokenError::Form),
            ("sub", json!("../x"), TokenError::Form),
            ("sid", Value::Null, TokenError::Form),
            ("org_id", json!("a b"), TokenError::Form),
        ] {
            let outcome = check(|claims| claims[name] = value.clone());
            assert_eq!(outcome, Err(expected), "{name}: {value}");
        }
    }
}
