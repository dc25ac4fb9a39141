//! Tenants that are suspended: their keys and people do nothing.

use covibe_domain::{Failure, boxed};
use covibe_store::Tx;

/// Refuses the keys and people of the transaction's tenant while it is suspended.
///
/// # Errors
///
/// Forbidden.
#[boxed]
pub(crate) async fn refuse_suspended(tx: &mut Tx) -> Result<(), Failure> {
    if tx.is_suspended().await? { Err(suspended_tenant()) } else { Ok(()) }
}

/// 403: the operator suspended the tenant. The same for keys and people, and for a tenant that is being deleted.
fn suspended_tenant() -> Failure {
    Failure::forbidden(
        "This company is suspended here: its keys and its people's sessions do not work. Its apps \
        are left as they are.",
    )
    .hint(
        "Do not repeat the call. An admin of the company can ask the operator of this server to end \
         the suspension; keys and sessions then work again, so you need no new ones. If you belong \
         to another company, choose it at /auth/company.",
    )
}

#[cfg(test)]
mod tests {
    use covibe_domain::Kind;

    use super::*;

    #[test]
    fn the_refusal_of_a_suspended_tenant_says_that_the_key_is_not_the_reason() {
        let failure = suspended_tenant();
        assert_eq!(failure.kind, Kind::Forbidden);
        let hint = failure.hint.unwrap();
        assert!(hint.contains("operator") && hint.contains("need no new ones"), "{hint}");
    }
}
