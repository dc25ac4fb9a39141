//! From an `Authorization` header to a caller.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Actor, Failure, KeyDigest, Kind, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::KeyRecord;

use crate::authentication_state::Identity;
use crate::caller::Caller;
use crate::suspended_tenants::refuse_suspended;

/// Longer tokens are not keys of ours and are not hashed.
const MAX_HEADER: usize = 512;

/// The timeout of the look-up of a key.
const LOOK_UP: Duration = Duration::from_secs(5);

/// Why a caller was denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The failure that the caller gets.
    pub failure: Failure,
    /// The principal of the key, if it was revoked or expired, or may not do this; for the audit only.
    pub of: Option<Principal>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { failure, of: None }
    }
}

impl From<covibe_store::Error> for Refusal {
    fn from(error: covibe_store::Error) -> Self {
        Failure::from(error).into()
    }
}

impl Identity {
    /// Returns the caller that an `Authorization` header identifies.
    ///
    /// A missing, malformed, unknown, revoked or expired key gets the same answer for the same work:
    /// one hash and one look-up. A valid key of a ready workspace is cached for up to a second.
    ///
    /// # Errors
    ///
    /// Unauthenticated; forbidden while the key's tenant is suspended; unready if the database does not answer within 5
    /// seconds.
    #[boxed]
    pub async fn authenticate(&self, header: Option<&str>) -> Result<Caller, Refusal> {
        let token = bearer_token(header.unwrap_or_default());
        let digest = covibe_crypto::digest(token);
        let caller = match self.cache.get(&digest) {
            Some(caller) => caller,
            // Boxed, so that the common path does not carry this large future.
            None => Box::pin(self.look_up_in_time(&digest))
                .await?
                .map_err(|of| Refusal { failure: invalid_key(token), of })?,
        };
        self.last_used.note(&caller.principal, Timestamp::now());
        Ok(caller)
    }

    async fn look_up_in_time(
        &self,
        digest: &KeyDigest,
    ) -> Result<Result<Caller, Option<Principal>>, Refusal> {
        match tokio::time::timeout(LOOK_UP, self.look_up(digest)).await {
            Ok(found) => found,
            Err(_) => Err(too_slow().into()),
        }
    }

    /// Returns the caller with this key, or the key's principal if it is no longer valid.
    async fn look_up(
        &self,
        digest: &KeyDigest,
    ) -> Result<Result<Caller, Option<Principal>>, Refusal> {
        let begun = self.cache.begin();
        let mut tx = self.store.credential(digest).await?;
        let record = tx.key_by_digest(digest).await?;
        tx.commit().await?;
        let Some(record) = record else { return Ok(Err(None)) };
        let (valid, expires_at) = (is_valid(&record), record.key.expires_at);
        let principal = principal(record);
        if !valid {
            return Ok(Err(Some(principal)));
        }
        let Some(caller) = self.caller(principal).await? else { return Ok(Err(None)) };
        self.cache.put(*digest, caller.clone(), expires_at, &begun);
        Ok(Ok(caller))
    }

    async fn caller(&self, principal: Principal) -> Result<Option<Caller>, Refusal> {
        let mut tx = self.store.tenant_read(&principal.tenant).await?;
        let workspace = tx.workspace(&principal.workspace).await?;
        let steps = tx.steps(&principal.workspace).await?;
        let admitted = refuse_suspended(&mut tx).await;
        tx.commit().await?;
        if let Err(failure) = admitted {
            return Err(Refusal { failure, of: Some(principal) });
        }
        let caller = |workspace| Caller { principal, workspace, steps: steps.into() };
        Ok(workspace.map(Arc::new).map(caller))
    }
}

fn principal(record: KeyRecord) -> Principal {
    Principal {
        tenant: record.tenant,
        workspace: record.workspace,
        slug: record.slug,
        actor: Actor::Key(record.key.id),
        scope: record.key.scope,
        granted: record.key.access,
        session: None,
        narrowed: false,
    }
}

fn is_valid(record: &KeyRecord) -> bool {
    record.revoked_at.is_none() && record.key.expires_at.is_none_or(|at| at > Timestamp::now())
}

/// Returns the token of the value of an `Authorization` header, or an empty text if it is not a `Bearer` token of at most
/// 512 bytes. The case of the scheme and spaces around the token don't matter.
pub fn bearer_token(header: &str) -> &str {
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            let token = token.trim();
            if token.len() > MAX_HEADER { "" } else { token }
        }
        _ => "",
    }
}

fn too_slow() -> Failure {
    tracing::error!("a key could not be looked up in time");
    Failure::unready("The database did not answer in time.")
        .hint("Try again in a few seconds.")
        .retry_after(Duration::from_secs(2))
}

fn invalid_key(token: &str) -> Failure {
    let hint = if token.starts_with("${") || token.starts_with("$(") {
        "The client sent the name of a variable instead of its value: it did not expand ${…} in \
         the Authorization header. Set the variable in its environment, or paste the key."
    } else {
        "Send `Authorization: Bearer vibn_sk_…`. If the key was revoked or has expired, ask the \
         user to mint a fresh one."
    };
    Failure::new(Kind::Unauthenticated, "No valid API key.").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bearer_in_any_case() {
        assert_eq!(bearer_token("Bearer abc"), "abc");
        assert_eq!(bearer_token("bearer  abc "), "abc");
        assert_eq!(bearer_token("Basic abc"), "");
        assert_eq!(bearer_token("abc"), "");
        assert_eq!(bearer_token(&format!("Bearer {}", "x".repeat(600))), "");
    }

    #[test]
    fn an_unexpanded_variable_as_a_key_gets_a_hint_to_expand_it() {
        assert!(invalid_key("${VIBN_API_KEY}").hint.unwrap().contains("expand"));
        assert_eq!(invalid_key("${X}").message, invalid_key("vibn_sk_x").message);
    }
}
