//! Proof that the address of an account belongs to its holder.
//!
//! An account that an admin made, or whose password an admin's link set, may be held by somebody else than the owner of
//! its address: the admin has seen the link. So it belongs to the admin's company, and joins and founds no other, until
//! its address is proved. The server sends no mail: the operator passes a link to the address, or WorkOS has verified
//! it.

use covibe_domain::{Email, Failure, Secret, TenantId, boxed};
use covibe_store::{LinkPurpose, User};

use crate::identity::Identity;

/// A link by which the owner of an address proves it.
#[derive(Debug)]
pub struct ProofLink {
    /// The token of the link.
    pub token: Secret,
    /// The names of the companies where the account is a member.
    pub companies: Vec<String>,
}

impl Identity {
    /// Creates, in the name of the operator, a link by which the owner of this address proves it: they choose a new
    /// password, and the account is theirs. Other links for it are void. Returns `None` if nobody has an account with
    /// the address.
    ///
    /// # Errors
    ///
    /// Not found where people sign in by WorkOS, which verifies addresses itself.
    #[boxed]
    pub async fn create_proof_link(&self, email: &Email) -> Result<Option<ProofLink>, Failure> {
        self.by_passwords()?;
        let Some((user, _)) = self.find_by_email(email).await? else { return Ok(None) };
        let companies = self.company_names(&user.id).await?;
        let token = self.create_link(&user.id, LinkPurpose::Proof).await?;
        Ok(Some(ProofLink { token, companies }))
    }
}

/// Refuses that an account joins a tenant whose admins did not make it, before its address is proved.
///
/// # Errors
///
/// Forbidden, with what to do.
pub(super) fn may_join(user: &User, tenant: &TenantId) -> Result<(), Failure> {
    if user.proved_at.is_some() || user.made_in.as_ref() == Some(tenant) {
        return Ok(());
    }
    let told = "An admin of another company made this account, or set its password by a link. Before it joins a second \
                company, whoever has its email address has to prove it.";
    Err(Failure::forbidden(told).hint(
        "Ask the operator of this server for a link that proves your address \
         (covibe-server people prove --email ADDRESS). Open it, choose a new password, and open the invitation again.",
    ))
}
