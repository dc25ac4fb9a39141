//! Links that the operator makes for people with commands of the server, in the audits of the companies that they open.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, TenantId, boxed};
use covibe_identity::{Appointment, ProofLink};
use covibe_workspace::Draft;
use serde_json::json;

use super::account_changes::ChangeBy;
use crate::call_recording;
use crate::dispatcher::Dispatcher;

const LINK: &str = "people.link";
const INVITE: &str = "invitations.create";

impl Dispatcher {
    /// Creates, as the operator, a link by which the owner of this address takes over the account that has it. Returns
    /// `None` if nobody has one.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::create_proof_link`]; unready if the audit can't be written.
    #[boxed]
    pub async fn create_proof_link(&self, email: &Email) -> Result<Option<ProofLink>, Failure> {
        let (identity, by) = (self.identity(), ChangeBy::operator());
        if identity.signs_in_by_workos() {
            // It fails.
            return identity.create_proof_link(email).await;
        }
        let Some((user, tenants)) = identity.find_account(email).await? else { return Ok(None) };
        let params = json!({ "userId": user, "by": "proof" });
        let draft = |tenant: &TenantId| self.draft_of_person(tenant, &by, LINK, &params);
        let drafts = tenants.iter().map(draft).collect();
        let run = identity.create_proof_link(email);
        call_recording::change_in_all(self.platform.auditor(), drafts, run).await
    }

    /// Invites, as the operator, the owner of this address to be an admin of a tenant.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::appoint_admin`]; unready if the audit can't be written.
    #[boxed]
    pub async fn appoint_admin(
        &self,
        tenant: &TenantId,
        email: &Email,
    ) -> Result<Appointment, Failure> {
        let params = json!({ "email": email.as_str(), "role": Role::Admin.as_str() });
        let draft = self.draft_of_person(tenant, &ChangeBy::operator(), INVITE, &params);
        let run = self.identity().appoint_admin(tenant, email);
        let about = |draft: Draft, made: &Appointment| {
            draft.with_answered_resource(&json!({ "id": made.invitation }))
        };
        call_recording::change(self.platform.auditor(), draft, run, about).await
    }
}
