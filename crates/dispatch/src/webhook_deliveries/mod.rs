//! Deliveries of Gitea's webhooks, which have a signature in place of a key.

use covibe_domain::{Failure, boxed};
use covibe_workspace::{Delivery, HookTrial, NamedHook, RefusedDelivery};
use serde_json::Value;

use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

/// The number of equal refusals of a workspace's deliveries within a minute that get an audit entry each.
const ALONE: u32 = 1;

impl Dispatcher {
    /// Accepts a delivery: the repository that it names is checked soon. A refusal is audited if the delivery names a
    /// workspace's organisation.
    ///
    /// # Errors
    ///
    /// Unauthenticated if it is not signed with the secret of the organisation that it names.
    #[boxed]
    pub async fn deliver<'a>(
        &'a self,
        delivery: Delivery<'a>,
        request: &Request,
    ) -> Result<(), Failure> {
        let taken = self.platform.take_delivery(delivery, Some(request.id())).await;
        let Err(RefusedDelivery { failure, draft }) = taken else { return Ok(()) };
        if let Some(draft) = draft {
            let draft = self.platform.with_digest(draft, &Value::Null);
            self.refusals.note(draft, failure.kind.code(), ALONE).await;
        }
        Err(failure)
    }

    /// Returns the hook whose secret has this id; `None` if it is unknown.
    pub fn named_hook(&self, id: &str) -> Option<NamedHook> {
        self.platform.named_hook(id)
    }

    /// Accepts a delivery that was too long to keep, so that only the validity of its signature is known.
    ///
    /// # Errors
    ///
    /// Unauthenticated if it is not signed with the secret of its hook.
    pub fn deliver_long(
        &self,
        hook: &NamedHook,
        event: &str,
        is_signed: bool,
    ) -> Result<(), Failure> {
        self.platform.take_long_delivery(hook, event, is_signed)
    }

    /// Schedules a search for the pushes that a refused delivery of the hook may have reported.
    pub fn look_for_pushes(&self, hook: &NamedHook) {
        self.platform.look_for_pushes(hook);
    }

    /// Returns whether the delivery of a trial has arrived here.
    pub fn has_arrived(&self, trial: &HookTrial) -> bool {
        self.platform.has_arrived(trial)
    }

    /// Counts a delivery that was refused, here or before it was read.
    pub fn count_refusal(&self, failure: &Failure) {
        self.refused.add(failure.kind);
    }
}
