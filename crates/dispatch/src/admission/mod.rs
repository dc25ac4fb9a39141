//! Admits a request before its call is read: authenticates its sender, and reserves capacity.

use std::sync::Arc;

use covibe_domain::{Failure, UserId, boxed};
use covibe_identity::{Caller, Refusal};
use covibe_policy::Principal;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::call::Surface;
use crate::callers::Credential;
use crate::dispatcher::Dispatcher;
use crate::permits::{BodySender, HeldBody, PersonPermit, RequestPermit};
use crate::request_origin::Request;

/// The number of equal refusals within a minute that get an audit entry each.
const ALONE: u32 = 1;

impl Dispatcher {
    /// Returns the caller that an `Authorization` header identifies.
    #[boxed]
    pub async fn authenticate(&self, header: Option<&str>) -> Result<Caller, Failure> {
        self.authenticate_for(Credential::Header(header), None).await
    }

    /// Authenticates a request that has a permit already.
    #[boxed]
    pub async fn authenticate_again<'a>(
        &'a self,
        credential: Credential<'a>,
        place: &RequestPermit,
    ) -> Result<Caller, Failure> {
        self.authenticate_for(credential, place.request().map(Arc::as_ref)).await
    }

    /// Authenticates a request that has no permit yet.
    #[boxed]
    pub async fn authenticate_request<'a>(
        &'a self,
        credential: Credential<'a>,
        request: &Request,
    ) -> Result<Caller, Failure> {
        self.authenticate_for(credential, Some(request)).await
    }

    async fn authenticate_for(
        &self,
        credential: Credential<'_>,
        request: Option<&Request>,
    ) -> Result<Caller, Failure> {
        match credential.authenticate(self.platform.identity()).await {
            Ok(caller) => Ok(caller),
            Err(Refusal { failure, of }) => {
                self.refused.add(failure.kind);
                if let Some(principal) = of {
                    self.refuse(&principal, "authenticate", &failure, request).await;
                }
                Err(failure)
            }
        }
    }

    /// Returns the caller of a request, with a permit to receive the request, before the rest of it is read.
    ///
    /// # Errors
    ///
    /// Those of authentication; limited if the key, its workspace or its tenant makes too many calls.
    #[boxed]
    pub async fn enter<'a>(
        &'a self,
        credential: Credential<'a>,
        request: Arc<Request>,
    ) -> Result<(Caller, RequestPermit), Failure> {
        let caller = self.authenticate_for(credential, Some(&request)).await?;
        self.enter_as(caller, request).await
    }

    /// Like [`Self::enter`], for a caller who is authenticated already.
    ///
    /// # Errors
    ///
    /// Limited if the caller, its workspace or its tenant makes too many calls.
    #[boxed]
    pub async fn enter_as(
        &self,
        caller: Caller,
        request: Arc<Request>,
    ) -> Result<(Caller, RequestPermit), Failure> {
        let (principal, settings) = (&caller.principal, self.platform.settings());
        let place = self
            .rates
            .take(principal, &settings.call_rates)
            .and_then(|()| self.permits.receive(principal, settings.max_in_flight));
        match place {
            Ok(place) => Ok((caller, place.with_request(request))),
            Err(failure) => {
                self.refused.add(failure.kind);
                self.refuse(principal, "admit", &failure, Some(&request)).await;
                Err(failure)
            }
        }
    }

    /// Returns a permit for a request of a person for a page, or with a form of one, which they have until it is answered.
    /// A call of theirs has its own permit, too: see [`Self::enter_as`].
    ///
    /// # Errors
    ///
    /// Limited if too many requests of theirs are in progress.
    pub fn admit_person(&self, user: &UserId) -> Result<PersonPermit, Failure> {
        self.permits.admit_person(user, self.platform.settings().max_in_flight)
    }

    /// Returns the body of a request that has no permit to run; no bytes of it have arrived.
    pub fn begin_body(&self, sender: BodySender) -> HeldBody {
        self.permits.begin_body(sender)
    }

    /// Gives a request that has arrived a permit to run.
    ///
    /// # Errors
    ///
    /// Limited if too many calls of its workspace are running.
    #[boxed]
    pub async fn begin(&self, caller: &Caller, place: &mut RequestPermit) -> Result<(), Failure> {
        let begun = place.begin(self.platform.settings().max_in_flight);
        if let Err(failure) = &begun {
            self.refused.add(failure.kind);
            let request = place.request().map(Arc::as_ref);
            self.refuse(&caller.principal, "admit", failure, request).await;
        }
        begun
    }

    /// Audits a request that is refused before its call is read. The future is boxed, because it is rarely needed, and
    /// every request would reserve memory for it.
    fn refuse(
        &self,
        principal: &Principal,
        tool: &str,
        failure: &Failure,
        request: Option<&Request>,
    ) -> BoxFuture<'_, ()> {
        let request = request.map(Request::id);
        let draft = self.platform.audit(principal, tool, Surface::Door.as_str(), request);
        let draft = self.platform.with_digest(draft, &Value::Null);
        self.refusals.note(draft, failure.kind.code(), ALONE).boxed()
    }
}
