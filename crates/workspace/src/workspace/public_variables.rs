//! The variables of the workspace's apps whose values keys that only read may see.

use covibe_domain::{AppUuid, Failure, boxed};

use super::Workspace;

impl Workspace {
    /// Returns the names of an app's public variables.
    #[boxed]
    pub async fn public_variables(&self, app: &AppUuid) -> Result<Vec<String>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal().tenant).await?;
        let names = tx.public_variables(&self.principal().workspace, app).await?;
        tx.commit().await?;
        Ok(names)
    }

    /// Writes down that variables of an app are public.
    #[boxed]
    pub async fn publish_variables(&self, app: &AppUuid, names: &[&str]) -> Result<(), Failure> {
        if names.is_empty() {
            return Ok(());
        }
        let mut tx = self.platform.store.tenant(&self.principal().tenant).await?;
        // A workspace that is removed meanwhile has no apps.
        tx.lock_workspace(&self.principal().workspace).await?;
        for name in names {
            tx.put_public_variable(&self.principal().workspace, app, name).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets that variables of an app are public.
    #[boxed]
    pub async fn withdraw_variables(&self, app: &AppUuid, names: &[&str]) -> Result<(), Failure> {
        if names.is_empty() {
            return Ok(());
        }
        let mut tx = self.platform.store.tenant(&self.principal().tenant).await?;
        for name in names {
            tx.delete_public_variable(&self.principal().workspace, app, name).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets which variables of an app are public, because it is gone. If that fails, the marks stay: no other app
    /// ever has its uuid.
    #[boxed]
    pub async fn forget_public_variables(&self, app: &str) {
        let workspace = &self.principal().workspace;
        let forgotten = async {
            let mut tx = self.platform.store.tenant(&self.principal().tenant).await?;
            tx.delete_public_variables(workspace, app).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(
                %error, %workspace, app,
                "the record of a deleted app's public variables could not be removed"
            );
        }
    }
}
