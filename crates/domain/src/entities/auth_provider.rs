//! Auth providers, from a fixed allowlist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::words;
use crate::{ServiceUuid, Timestamp};

words! {
    /// The auth providers that can be created; the words are Coolify's service types.
    Provider {
        /// Auth and data on SQLite, one container.
        Pocketbase = "pocketbase",
        /// Feature-rich identity provider.
        Authentik = "authentik",
        /// OIDC and SAML.
        Keycloak = "keycloak",
        /// Keycloak on PostgreSQL.
        KeycloakWithPostgres = "keycloak-with-postgres",
        /// Passkey-first OIDC.
        PocketId = "pocket-id",
        /// Pocket ID on PostgreSQL.
        PocketIdWithPostgresql = "pocket-id-with-postgresql",
        /// Identity platform for developers.
        Logto = "logto",
        /// Session management.
        SupertokensWithPostgresql = "supertokens-with-postgresql" | "supertokens",
    }
}

impl Provider {
    /// Returns every word for a provider with the declared one, for parameters whose schema does not list
    /// the providers.
    pub fn spellings() -> Map<String, Value> {
        let words = Self::ALL.iter().map(|each| (each.as_str(), each.as_str()));
        let pairs = words.chain(Self::ALIASES.iter().copied());
        pairs.map(|(other, word)| (other.to_owned(), Value::from(word))).collect()
    }

    /// Returns whether one of its containers mounts Docker's socket, which makes its administrators root
    /// on the host (the worker in Coolify's template of authentik, 4.3.11).
    pub const fn mounts_docker_sock(self) -> bool {
        matches!(self, Self::Authentik)
    }

    /// Returns whether the first visitor becomes its administrator, and no setting creates one before: Pocket ID until
    /// it has a user (1.13 to 2.14, `SignUpInitialAdmin`), the console of Logto until it has one (1.2 to 1.42,
    /// `isCreatingFirstAdminUser`).
    ///
    /// PocketBase does not (since 0.23): its first superuser needs the token of a link that it prints.
    pub const fn belongs_to_first_visitor(self) -> bool {
        matches!(self, Self::PocketId | Self::PocketIdWithPostgresql | Self::Logto)
    }
}

/// A deployed auth provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthProvider {
    /// Its id.
    pub uuid: ServiceUuid,
    /// Its name, unique in the workspace.
    #[schemars(example = &"shop")]
    pub name: String,
    /// The provider, as in auth.create.
    pub provider: Provider,
    /// `other` if the operator created it; no tool changes it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"other")]
    pub kind: Option<String>,
    /// `running`, `exited`, `starting`, … or `unknown`.
    #[schemars(example = &"running")]
    pub status: String,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs, and from `get` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    pub health: Option<String>,
    /// When its status was observed; from `get` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_as_of: Option<Timestamp>,
    /// The hosts of its domains.
    #[schemars(example = vec!["shop.mark.example.com"])]
    pub domains: Vec<String>,
}
