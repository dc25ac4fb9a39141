//! Accepting invitations, in the audit of the company that the person joins.

use std::sync::Arc;

use covibe_crypto::Password;
use covibe_domain::{Actor, Failure, Secret, TenantId, UserId, boxed};
use covibe_identity::{BrowserOrigin, Invitation, PasswordSession, SignedIn};
use covibe_workspace::Draft;
use serde_json::json;

use super::account_changes::{ChangeBy, TAKE_OVER};
use crate::call_recording;
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

const JOIN: &str = "people.join";

impl Dispatcher {
    /// Accepts an invitation for a person who is signed in, and returns the tenant.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::accept_invitation`]; limited after too many attempts with the link; unready
    /// if the audit can't be written.
    #[boxed]
    pub async fn accept_invitation<'a>(
        self: &'a Arc<Self>,
        token: &'a str,
        of: &'a SignedIn,
        request: &'a Request,
    ) -> Result<TenantId, Failure> {
        let invitation = self.identity().invitation(token).await?.invitation;
        self.identity().count_link_use(token).await?;
        let draft = self.join_draft(&invitation, Some(&of.user.id), request);
        let (dispatcher, token, of) = (Arc::clone(self), token.to_owned(), of.clone());
        self.to_its_end(async move {
            let run = dispatcher.identity().accept_invitation(&token, &of);
            let auditor = dispatcher.platform.auditor();
            call_recording::change(auditor, draft, run, |draft, _| draft).await
        })
        .await
    }

    /// Accepts an invitation for a person who has no account yet, and returns the token of their session.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::accept_as_newcomer`]; limited after too many attempts with the
    /// link; unready if the audit can't be written.
    #[boxed]
    pub async fn accept_as_newcomer<'a>(
        self: &'a Arc<Self>,
        token: &'a str,
        name: &'a str,
        password: Password,
        from: BrowserOrigin,
        request: &'a Request,
    ) -> Result<Secret, Failure> {
        let invitation = self.identity().invitation(token).await?.invitation;
        self.identity().count_link_use(token).await?;
        let draft = self.join_draft(&invitation, None, request);
        let (dispatcher, token, name) = (Arc::clone(self), token.to_owned(), name.to_owned());
        self.to_its_end(async move {
            let run = dispatcher.identity().accept_as_newcomer(&token, &name, password, from);
            let auditor = dispatcher.platform.auditor();
            let newcomer = call_recording::change(auditor, draft, run, |draft, new| {
                draft.with_newcomer(&new.user)
            });
            Ok(newcomer.await?.session)
        })
        .await
    }

    /// Accepts an invitation of the operator with a new password. An account with its address is taken over, which the
    /// audits of all of its companies have.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::accept_appointment`]; limited after too many attempts with the
    /// link; unready if the audit can't be written.
    #[boxed]
    pub async fn accept_appointment<'a>(
        self: &'a Arc<Self>,
        token: &'a str,
        name: &'a str,
        password: Password,
        from: BrowserOrigin,
        request: &'a Request,
    ) -> Result<PasswordSession, Failure> {
        let invitation = self.identity().invitation(token).await?.invitation;
        self.identity().count_link_use(token).await?;
        let known = self.identity().find_account(&invitation.email).await?;
        let (user, tenants) = known.unzip();
        let mut drafts = vec![self.join_draft(&invitation, user.as_ref(), request)];
        if let Some(user) = &user {
            let params = json!({ "userId": user, "by": "invitation", "madeBy": Actor::Operator });
            let by = ChangeBy::person(Some(user), request);
            let draft = |tenant: &TenantId| self.draft_of_person(tenant, &by, TAKE_OVER, &params);
            drafts.extend(tenants.iter().flatten().map(draft));
        }
        let (dispatcher, token, name) = (Arc::clone(self), token.to_owned(), name.to_owned());
        self.to_its_end(async move {
            let run = dispatcher.identity().accept_appointment(&token, &name, password, from);
            dispatcher.enter_audited(drafts, run).await
        })
        .await
    }

    /// Starts the entries of an acceptance; without a person for somebody who has no account yet.
    fn join_draft(
        &self,
        invitation: &Invitation,
        user: Option<&UserId>,
        request: &Request,
    ) -> Draft {
        let invited_by = invitation.invited_by.clone().map_or(Actor::Operator, Actor::Person);
        let params = json!({
            "userId": user,
            "invitationId": invitation.id,
            "role": invitation.role.as_str(),
            "invitedBy": invited_by,
        });
        let by = ChangeBy::person(user, request);
        self.draft_of_person(&invitation.tenant, &by, JOIN, &params)
    }
}
