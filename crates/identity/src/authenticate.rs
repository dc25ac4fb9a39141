//! From an `Authorization` header to a caller.

use std::sync::Arc;

use covibe_domain::{Failure, KeyDigest, Kind};
use covibe_policy::Principal;
use covibe_store::KeyRecord;

use crate::{Caller, Identity, now};

/// Longer headers are no keys of ours; they are not hashed.
const MAX_HEADER: usize = 512;

impl Identity {
    /// The caller that an `Authorization` header names.
    ///
    /// A missing, malformed, unknown, revoked and expired key get the same answer for the same
    /// work: one hash and one look-up. A good one costs no look-up for up to a second.
    pub async fn authenticate(&self, header: Option<&str>) -> Result<Caller, Failure> {
        let token = bearer(header.unwrap_or_default());
        let digest = covibe_crypto::digest(token);
        let caller = match self.cache.get(&digest) {
            Some(caller) => Some(caller),
            // On the heap: the usual way, which needs none of it, is not to carry it around.
            None => Box::pin(self.look_up(&digest)).await?,
        };
        let caller = caller.ok_or_else(|| refused(token))?;
        self.last_used.note(&caller.principal, now());
        Ok(caller)
    }

    async fn look_up(&self, digest: &KeyDigest) -> Result<Option<Caller>, Failure> {
        let begun = self.cache.begin();
        let mut tx = self.store.credential(digest).await?;
        let record = tx.key_by_digest(digest).await?;
        tx.commit().await?;
        let Some(record) = record.filter(is_valid) else { return Ok(None) };
        let caller = self.caller(record).await?;
        if let Some((caller, expires)) = &caller {
            self.cache.put(*digest, caller.clone(), *expires, &begun);
        }
        Ok(caller.map(|(caller, _)| caller))
    }

    async fn caller(
        &self,
        record: KeyRecord,
    ) -> Result<Option<(Caller, Option<covibe_domain::Timestamp>)>, Failure> {
        let mut tx = self.store.tenant_read(&record.tenant).await?;
        let workspace = tx.workspace(&record.workspace).await?;
        let steps = tx.steps(&record.workspace).await?;
        tx.commit().await?;
        Ok(workspace.map(|workspace| {
            let principal = Principal {
                tenant: record.tenant,
                workspace: record.workspace,
                slug: workspace.slug.clone(),
                key: record.key.id,
            };
            let workspace = Arc::new(workspace);
            let caller = Caller { principal, workspace, steps: steps.into() };
            (caller, record.key.expires_at)
        }))
    }
}

fn is_valid(record: &KeyRecord) -> bool {
    record.revoked_at.is_none() && record.key.expires_at.is_none_or(|at| at > now())
}

/// What stands behind `Bearer`; empty where nothing of that form stands.
fn bearer(header: &str) -> &str {
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            let token = token.trim();
            if token.len() > MAX_HEADER { "" } else { token }
        }
        _ => "",
    }
}

fn refused(token: &str) -> Failure {
    let hint = if token.starts_with("${") || token.starts_with("$(") {
        "The client sent the name of a variable instead of its value: it did not expand ${…} in \
         the Authorization header. Put the variable into its environment, or paste the key."
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
    fn reads_the_bearer_of_any_spelling() {
        assert_eq!(bearer("Bearer abc"), "abc");
        assert_eq!(bearer("bearer  abc "), "abc");
        assert_eq!(bearer("Basic abc"), "");
        assert_eq!(bearer("abc"), "");
        assert_eq!(bearer(&format!("Bearer {}", "x".repeat(600))), "");
    }

    #[test]
    fn tells_an_unexpanded_variable_apart() {
        assert!(refused("${VIBN_API_KEY}").hint.unwrap().contains("expand"));
        assert_eq!(refused("${X}").message, refused("vibn_sk_x").message);
    }
}
