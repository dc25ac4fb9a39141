//! Actions of people who have no workspace yet.

mod made_members;
mod signing_in;

use covibe_domain::{Failure, Slug, TenantId, boxed};
use covibe_identity::{Identity, SignedIn};
use covibe_policy::check_label;

use crate::dispatcher::Dispatcher;

impl Dispatcher {
    /// Returns the service that knows people and keys.
    pub fn identity(&self) -> &Identity {
        self.platform.identity()
    }

    /// Founds a company with its first workspace. The person becomes its first member, as an admin. The workspace is
    /// provisioned in the background.
    ///
    /// # Errors
    ///
    /// Invalid for a name that cannot be shown; forbidden for a person who may found none; conflict if the slug
    /// is taken, or the person is a member of a company already.
    #[boxed]
    pub async fn found_company(
        &self,
        founder: &SignedIn,
        company: &str,
        slug: Slug,
        workspace: &str,
    ) -> Result<TenantId, Failure> {
        check_label(company)?;
        check_label(workspace)?;
        let user = &founder.user.id;
        if !self.identity().may_found_company(&founder.user).await? {
            return Err(Failure::forbidden("You cannot found a company here.")
                .hint("Ask an admin of yours for an invitation."));
        }
        let record = self.platform.found_company(user, company, slug, workspace).await?;
        let tenant = record.tenant.clone();
        self.identity().place_session(founder, &tenant, Some(&record.id)).await?;
        let platform = std::sync::Arc::clone(&self.platform);
        self.in_background(async move {
            if let Err(failure) = covibe_workspace::provision(&platform, record).await {
                tracing::warn!(error = %failure, "a new workspace is not provisioned yet");
            }
        });
        // What is left undone there is done at the next sign-in.
        if let Err(failure) = self.identity().found_at_workos(founder).await {
            tracing::warn!(error = %failure, "a company is no organisation at WorkOS yet");
        }
        Ok(tenant)
    }
}
