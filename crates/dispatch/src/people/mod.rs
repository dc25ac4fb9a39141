//! Actions of people who have no workspace yet.

mod account_changes;
mod joining;
mod operator_links;
mod signing_in;
mod unproved_members;

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Slug, TenantId, boxed};
use covibe_identity::{Identity, SignedIn};
use covibe_policy::check_label;

use crate::dispatcher::Dispatcher;

/// The operation's name in the audit: somebody has another password from then on.
const CHANGE_PASSWORD: &str = "people.password";

/// The time that a call waits for a provisioning run to begin.
const BEGINNING: Duration = Duration::from_secs(1);

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
            return Err(Failure::forbidden("You cannot create a company here.")
                .hint("Ask an admin of your company for an invitation."));
        }
        let record = self.platform.found_company(user, company, slug, workspace).await?;
        let tenant = record.tenant.clone();
        self.identity().place_session(founder, &tenant, Some(&record.id)).await?;
        let (platform, new) = (Arc::clone(&self.platform), record.clone());
        self.in_background(async move {
            if let Err(failure) = covibe_workspace::provision(&platform, new).await {
                tracing::warn!(error = %failure, "a new workspace is not provisioned yet");
            }
        });
        // So that the next page shows the run, and not a workspace that nobody sets up.
        if let Err(failure) =
            covibe_workspace::until_begun(&self.platform, &record, BEGINNING).await
        {
            tracing::warn!(error = %failure, "could not confirm that the provisioning run started");
        }
        // What is left undone there is done at the next sign-in.
        if let Err(failure) = self.identity().found_at_workos(founder).await {
            tracing::warn!(error = %failure, "no organisation could be created for a company at WorkOS yet");
        }
        Ok(tenant)
    }
}
