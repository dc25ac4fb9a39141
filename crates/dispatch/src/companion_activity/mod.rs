//! The activity that companions on developers' machines send. A batch is not a call and has no audit entry; only
//! forgetting a repository has one.

use std::sync::Arc;

use covibe_domain::companion::{ActivityKey, BatchAnswer, CompanionIdentity, MAX_BATCH_ITEMS};
use covibe_domain::{Failure, boxed};
use covibe_identity::Caller;
use covibe_operation::VERSION;
use covibe_workspace::{Activity, ReceivedBatch};
use serde_json::json;

use crate::call::Surface;
use crate::call_recording;
use crate::dispatcher::Dispatcher;
use crate::request_origin::Request;

/// A day, in seconds.
const DAY: u64 = 24 * 60 * 60;

impl Dispatcher {
    /// Returns whom the key of a companion stands for. `packaged` is the version of the companion that the server hands
    /// out.
    ///
    /// # Errors
    ///
    /// Those of the database.
    #[boxed]
    pub async fn companion_identity(
        &self,
        by: &Caller,
        packaged: Option<String>,
    ) -> Result<CompanionIdentity, Failure> {
        let retention = self.platform.settings().retention.activity;
        let (salt, expires_at) = self.platform.companion_terms(&by.principal).await?;
        Ok(CompanionIdentity {
            workspace: by.principal.slug.as_str().to_owned(),
            expires_at,
            salt,
            server_version: VERSION.to_owned(),
            companion_version: packaged,
            retention_days: u32::try_from(retention.as_secs() / DAY).unwrap_or(u32::MAX),
        })
    }

    /// Stores a batch, and returns what became of each item.
    ///
    /// # Errors
    ///
    /// Invalid for more than 50 items, and for a machine with texts that are not allowed; limited if the key changes
    /// something too often.
    #[boxed]
    pub async fn ingest_activity(
        &self,
        by: &Caller,
        batch: &ReceivedBatch,
    ) -> Result<BatchAnswer, Failure> {
        if batch.items.len() > MAX_BATCH_ITEMS {
            return Err(Failure::invalid("`items` has more than 50 entries.")
                .hint("Send at most 50 at a time."));
        }
        self.rates.take_change(&by.principal, &self.platform.settings().call_rates)?;
        self.platform.ingest_activity(&by.principal, batch).await
    }

    /// Forgets what a machine sent of a repository.
    ///
    /// # Errors
    ///
    /// Those of the audit and of the database.
    #[boxed]
    pub async fn forget_activity<'a>(
        self: &'a Arc<Self>,
        by: &'a Caller,
        machine: ActivityKey,
        repo: ActivityKey,
        request: &'a Request,
    ) -> Result<(), Failure> {
        let (principal, surface) = (by.principal.clone(), Surface::Rest.as_str());
        let draft = self.platform.audit(&principal, "activity.forget", surface, Some(request.id()));
        let params = json!({ "machine": machine, "repo": repo });
        let draft = self.platform.with_digest(draft, &params);
        let dispatcher = Arc::clone(self);
        self.to_its_end(async move {
            let platform = &dispatcher.platform;
            let run = platform.forget_activity(&principal, &machine, &repo);
            call_recording::change(platform.auditor(), draft, run, |draft, ()| draft).await
        })
        .await
    }

    /// Returns the activity of the caller's workspace.
    ///
    /// # Errors
    ///
    /// Those of the database.
    #[boxed]
    pub async fn activity(&self, by: &Caller) -> Result<Activity, Failure> {
        self.platform.activity(&by.principal).await
    }
}
