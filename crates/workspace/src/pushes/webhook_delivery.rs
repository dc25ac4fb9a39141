//! A delivery: its workspace, and its signature.

use covibe_domain::{Failure, Kind, boxed};
use covibe_gitea::Push;
use covibe_store::WorkspaceRecord;

use crate::audit::{Draft, RequestId};
use crate::platform::Platform;
use crate::push_intake::PushHint;
use crate::webhooks::{HookTrial, NamedHook, hook_secrets};

/// The content of a request to the hook's path.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Its body, as it was received.
    pub body: &'a [u8],
    /// The value of `X-Hub-Signature-256`.
    pub signature: &'a str,
    /// The value of `X-Gitea-Event`.
    pub event: &'a str,
    /// The value of `X-Gitea-Delivery`.
    pub id: &'a str,
    /// The trial that the address names, if it names one.
    pub trial: Option<&'a HookTrial>,
    /// The hook that the address names, if it is known.
    pub hook: Option<&'a NamedHook>,
}

/// A delivery that is refused.
#[derive(Debug)]
pub struct RefusedDelivery {
    /// The failure, which does not disclose which organisations exist.
    pub failure: Failure,
    /// The audit entry for the workspace that it names, if there is one.
    pub draft: Option<Draft>,
}

impl Platform {
    /// Accepts a delivery of Gitea's: verifies it, and schedules a check of the repository that it names. A repeated
    /// delivery, and one that is not about a branch, has no effect.
    ///
    /// # Errors
    ///
    /// Unauthorized if it is not signed with the secret of the hook of the organisation that it names.
    #[boxed]
    pub async fn take_delivery<'a>(
        &'a self,
        delivery: Delivery<'a>,
        request: Option<&RequestId>,
    ) -> Result<(), RefusedDelivery> {
        let unknown = || RefusedDelivery { failure: unsigned_delivery(), draft: None };
        if let Some(trial) = delivery.trial {
            return if self.takes_trial(trial, delivery) { Ok(()) } else { Err(unknown()) };
        }
        let push = Push::parse(delivery.body).ok_or_else(unknown)?;
        let found = self.store.workspace_of_organisation(push.repository.owner_id).await;
        let found =
            found.map_err(|error| RefusedDelivery { failure: error.into(), draft: None })?;
        let workspace = found.ok_or_else(unknown)?;
        if !self.is_signed(&workspace, delivery) {
            let is_its =
                |hook: &&NamedHook| hook.workspace().is_none_or(|own| *own == workspace.id);
            self.demand_renewal(delivery.hook.filter(is_its));
            let draft = Some(Draft::server(&workspace, "hooks.gitea", request));
            return Err(RefusedDelivery { failure: unsigned_delivery(), draft });
        }
        self.hooks.learn(&self.secrets, &workspace.id);
        if delivery.event == Push::EVENT && push.branch().is_some() {
            let repository = push.repository.id;
            self.intake().take_delivery(delivery.id, PushHint { workspace, repository });
        }
        Ok(())
    }

    /// Returns the hook whose secret has this id; `None` if it is unknown.
    pub fn named_hook(&self, id: &str) -> Option<NamedHook> {
        self.hooks.find_by_id(&self.secrets, id)
    }

    /// Accepts a delivery that was too long to keep, so that only the validity of its signature is known.
    ///
    /// # Errors
    ///
    /// Unauthorized if it is not signed with the secret of its hook.
    pub fn take_long_delivery(
        &self,
        hook: &NamedHook,
        event: &str,
        is_signed: bool,
    ) -> Result<(), Failure> {
        if !is_signed {
            self.demand_renewal(Some(hook));
            return Err(unsigned_delivery());
        }
        if event == Push::EVENT {
            self.look_for_pushes(hook);
        }
        Ok(())
    }

    /// Requests an early round for pushes that the hook may have reported.
    pub fn look_for_pushes(&self, hook: &NamedHook) {
        self.intake().rounds.ask(hook.workspace().cloned());
    }

    /// Returns whether the delivery of a trial has arrived here.
    pub fn has_arrived(&self, trial: &HookTrial) -> bool {
        self.arrived.has(trial)
    }

    /// Records the delivery of a trial. Returns whether its signature is valid. Its content has no effect.
    fn takes_trial(&self, trial: &HookTrial, delivery: Delivery<'_>) -> bool {
        let mut secrets = trial.secrets(&self.secrets).into_iter();
        let is_signed =
            secrets.any(|secret| secret.verify(delivery.body, delivery.signature).is_ok());
        if is_signed {
            self.arrived.note(trial.clone());
        }
        is_signed
    }

    /// Has the hook created anew whose address received a delivery with an invalid signature: somebody may have changed
    /// its secret. Requests of strangers have no effect, because only the hook's address names it.
    fn demand_renewal(&self, hook: Option<&NamedHook>) {
        if let Some(hook) = hook {
            self.renewals.demand(hook.workspace());
        }
    }

    fn is_signed(&self, workspace: &WorkspaceRecord, delivery: Delivery<'_>) -> bool {
        if let Some(hook) = delivery.hook {
            return hook.verify(&workspace.id, delivery.body, delivery.signature).is_ok();
        }
        let mut secrets = hook_secrets(&self.secrets, &workspace.id);
        secrets.any(|secret| secret.verify(delivery.body, delivery.signature).is_ok())
    }
}

/// 401: the same for an unknown organisation and for a wrong signature.
fn unsigned_delivery() -> Failure {
    Failure::new(Kind::Unauthenticated, "The delivery is not signed by a hook of this server.").hint(
        "Call workspace.provision to recreate the workspace's hook. If Gitea's deliveries are still \
         refused, tell the operator.",
    )
}
