//! An auth provider, from the allowlist of C section 3.5.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::ServiceUuid;

words! {
    /// The auth providers that may be created; the words are Coolify's service types.
    Provider {
        /// Auth and data on SQLite, one container.
        Pocketbase = "pocketbase",
        /// Feature-rich identity provider.
        Authentik = "authentik",
        /// OIDC and SAML.
        Keycloak = "keycloak",
        /// The same on PostgreSQL.
        KeycloakWithPostgres = "keycloak-with-postgres",
        /// Passkey-first OIDC.
        PocketId = "pocket-id",
        /// The same on PostgreSQL.
        PocketIdWithPostgresql = "pocket-id-with-postgresql",
        /// Identity for developers.
        Logto = "logto",
        /// Session backend.
        SupertokensWithPostgresql = "supertokens-with-postgresql",
    }
}

impl Provider {
    /// Whether a container of it mounts docker's socket, which makes whoever administers it root on
    /// the host (Coolify's template of authentik, 4.3.11: its worker).
    pub const fn mounts_docker_sock(self) -> bool {
        matches!(self, Self::Authentik)
    }
}

/// A deployed auth provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthProvider {
    /// Its id.
    pub uuid: ServiceUuid,
    /// Its name, unique in the workspace.
    pub name: String,
    /// Which of the allowlist it is; the list itself is told where one is chosen.
    #[schemars(with = "String")]
    pub provider: Provider,
    /// `running`, `exited`, `starting`, … or `unknown`.
    pub status: String,
    /// The hosts it answers on.
    pub domains: Vec<String>,
}
