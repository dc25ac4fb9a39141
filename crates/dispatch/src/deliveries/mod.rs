//! Deliveries of Gitea's webhooks, which have a signature in place of a key.

use covibe_domain::{Failure, boxed};
use covibe_workspace::{Delivery, HookTrial, NamedHook, RefusedDelivery};
use serde_json::Value;

use crate::dispatcher::Dispatcher;
use crate::request::Request;

/// How many equal refusals of a workspace's deliveries within a minute leave an audit entry each.
const ALONE: u32 = 1;

impl Dispatcher {
    /// Takes a delivery: the repository that it names is looked at soon. A refused one is audited if
    /// it names a workspace's organisation.
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
            let draft = self.platform.digested(draft, &Value::Null);
            self.refusals.note(draft, failure.kind.code(), ALONE).await;
        }
        Err(failure)
    }

    /// Returns the hook with this id of its secret, if it is known: then its deliveries are not those of a stranger.
    pub fn named_hook(&self, id: &str) -> Option<NamedHook> {
        self.platform.named_hook(id)
    }

    /// Takes a delivery of which nothing is known but whether it is signed, because it was too long to be kept.
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

    /// Has pushes looked for soon that the hook may have told of in a delivery that was refused.
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
