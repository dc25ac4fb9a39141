//! Passwords that links set, and accounts that get another owner, in the audits of the companies that this concerns.

use std::sync::Arc;

use covibe_crypto::Password;
use covibe_domain::{Actor, Failure, TenantId, UserId, boxed};
use covibe_identity::{BrowserOrigin, EndedKeys, PasswordLink, PasswordSession};
use covibe_workspace::Draft;
use serde_json::{Value, json};

use super::CHANGE_PASSWORD;
use crate::call::Surface;
use crate::call_recording;
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

/// The operation's name in the audit: an account belongs to the owner of its address from then on.
pub(super) const TAKE_OVER: &str = "people.taken_over";

/// The author of a change of a person.
pub(super) struct ChangeBy<'a> {
    /// The actor; `None` for somebody who has no account yet.
    actor: Option<Actor>,
    /// The request of the actor's browser; `None` for a command of the operator.
    request: Option<&'a Request>,
}

impl<'a> ChangeBy<'a> {
    /// Returns a person with a browser; `None` for somebody who has no account yet.
    pub(super) fn person(user: Option<&UserId>, request: &'a Request) -> Self {
        Self { actor: user.cloned().map(Actor::Person), request: Some(request) }
    }

    /// Returns the operator.
    pub(super) fn operator() -> Self {
        Self { actor: Some(Actor::Operator), request: None }
    }

    fn surface(&self) -> Surface {
        if self.request.is_some() { Surface::Console } else { Surface::CommandLine }
    }
}

/// The parameters that the entry of a start has in clear.
const DETAIL: [&str; 5] = ["invitationId", "role", "invitedBy", "by", "madeBy"];

impl Dispatcher {
    /// Sets the password of a person by a link, and starts a session.
    ///
    /// # Errors
    ///
    /// Those of [`covibe_identity::Identity::set_password_by_link`]; limited after too many attempts with the
    /// link; unready if the audit can't be written.
    #[boxed]
    pub async fn set_password_by_link<'a>(
        self: &'a Arc<Self>,
        token: &'a str,
        password: Password,
        from: BrowserOrigin,
        request: &'a Request,
    ) -> Result<PasswordSession, Failure> {
        let link = self.identity().password_link(token).await?;
        self.identity().count_link_use(token).await?;
        let drafts = self.link_drafts(&link, request);
        let (dispatcher, token) = (Arc::clone(self), token.to_owned());
        self.to_its_end(async move {
            let run = dispatcher.identity().set_password_by_link(&token, password, from);
            dispatcher.enter_audited(drafts, run).await
        })
        .await
    }

    /// Starts the entries of the use of a link that sets a password.
    fn link_drafts(&self, link: &PasswordLink, request: &Request) -> Vec<Draft> {
        let tool = if link.proves { TAKE_OVER } else { CHANGE_PASSWORD };
        let params = json!({ "userId": link.user, "by": "link", "madeBy": link.made_by });
        let by = ChangeBy::person(Some(&link.user), request);
        let draft = |tenant: &TenantId| self.draft_of_person(tenant, &by, tool, &params);
        link.tenants.iter().map(draft).collect()
    }

    /// Starts the entries of a change of a person in the audit of a company.
    pub(super) fn draft_of_person(
        &self,
        tenant: &TenantId,
        by: &ChangeBy<'_>,
        tool: &'static str,
        params: &Value,
    ) -> Draft {
        let (actor, surface) = (by.actor.clone(), by.surface().as_str());
        let request = by.request.map(Request::id);
        let draft = self.platform.audit_people(tenant, actor, tool, surface, request);
        self.platform
            .with_digest(draft, params)
            .with_named_resource(params)
            .with_detail(&DETAIL, params)
    }

    /// Runs what begins a session with a new password, and writes down the keys that ended with it.
    pub(super) async fn enter_audited(
        &self,
        drafts: Vec<Draft>,
        run: impl Future<Output = Result<PasswordSession, Failure>>,
    ) -> Result<PasswordSession, Failure> {
        let auditor = self.platform.auditor();
        let authors: Vec<_> = drafts.iter().map(Draft::author).collect();
        let recorded = async {
            let entered = run.await?;
            for EndedKeys { tenant, keys } in &entered.ended_keys {
                // Otherwise they became a member while they chose the password, and have made nothing there.
                if let Some(author) = authors.iter().find(|author| author.is_of(tenant)) {
                    auditor.record_revocations(author, keys, entered.user.as_str()).await?;
                }
            }
            Ok::<_, Failure>(entered)
        };
        call_recording::change_in_all(auditor, drafts, recorded).await
    }
}
