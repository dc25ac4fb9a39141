//! A keeper of keys over either database, with one workspace.

use std::sync::Arc;
use std::time::SystemTime;

use covibe_crypto::SecretBox;
use covibe_domain::entities::{KeyScope, ProvisionStatus};
use covibe_domain::{Secret, TenantId, Timestamp};
use covibe_identity::{Caller, Expiry, Identity, KeyRequest, MINTED_A_DAY, NewApiKey, Refusal};
use covibe_store::{Store, Tenant, WorkspaceRecord};
use covibe_testkit_postgres::Postgres;
use tempfile::TempDir;

/// Makes each named test run on both databases, as `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name($crate::fixture::Fixture::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test] async fn $name() {
                if let Some(fixture) = $crate::fixture::Fixture::postgres().await {
                    super::$name(fixture).await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

pub(crate) struct Fixture {
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: Store,
    _folder: Option<TempDir>,
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await.unwrap();
        Self::over(store, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let database = Postgres::shared()?.database();
        let store = Store::postgres(&database.runtime_url).await.unwrap();
        Some(Self::over(store, None).await)
    }

    async fn over(store: Store, folder: Option<TempDir>) -> Self {
        let mut tx = store.tenant(&tenant()).await.unwrap();
        let row = Tenant { id: tenant(), name: "Acme".to_owned(), created_at: now() };
        tx.insert_tenant(&row).await.unwrap();
        tx.insert_workspace(&record(ProvisionStatus::Pending)).await.unwrap();
        tx.commit().await.unwrap();
        let identity = Identity::new(store.clone(), MINTED_A_DAY, &keys());
        Self { identity, store, _folder: folder }
    }

    /// Writes the workspace's status as another instance does.
    pub(crate) async fn set(&self, status: ProvisionStatus) {
        let mut tx = self.store.tenant(&tenant()).await.unwrap();
        assert!(tx.update_workspace(&record(status)).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A key of this scope, with which nobody has called yet.
    pub(crate) async fn key(&self, scope: KeyScope, expires_at: Option<Timestamp>) -> NewApiKey {
        let expiry = expires_at.map_or(Expiry::Never, Expiry::At);
        let request = KeyRequest { scope, expiry, ..KeyRequest::default() };
        let id = record(ProvisionStatus::Pending).id;
        self.identity.mint_first(&tenant(), &id, request).await.unwrap()
    }

    pub(crate) async fn call(&self, token: &Secret) -> Result<Caller, Refusal> {
        self.identity.authenticate(Some(&header(token))).await
    }
}

/// Returns the keys of the installation.
pub(crate) fn keys() -> SecretBox {
    SecretBox::from_password(&Secret::new("k".repeat(32))).unwrap()
}

pub(crate) fn header(token: &Secret) -> String {
    format!("Bearer {}", token.expose())
}

pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}

pub(crate) fn tenant() -> TenantId {
    "ten_acme".parse().unwrap()
}

pub(crate) fn record(provision_status: ProvisionStatus) -> WorkspaceRecord {
    WorkspaceRecord {
        id: "ws_acme".parse().unwrap(),
        tenant: tenant(),
        cell: covibe_domain::CellName::default(),
        slug: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        gitea_org: "vibn-acme".to_owned(),
        gitea_bot_username: "acme-bot".to_owned(),
        upstream_mark: None,
        gitea_org_id: None,
        gitea_bot_email: None,
        gitea_bot_id: None,
        gitea_bot_token: None,
        gitea_bot_token_id: None,
        gitea_clone_token: None,
        gitea_clone_token_id: None,
        gitea_replaced_tokens: None,
        gitea_bot_ssh_key_id: None,
        coolify_private_key_uuid: None,
        coolify_project_uuid: None,
        coolify_environment_name: "production".to_owned(),
        coolify_destination_uuid: None,
        coolify_destination_server: None,
        provision_status,
        created_at: Timestamp::from_millis(1),
    }
}
