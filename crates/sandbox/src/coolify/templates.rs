//! One-click services: Coolify's own auth templates and one that is none.

/// A container of a template: its name, image, and the port of its URL; none for databases and helpers.
pub(super) struct Part(pub(super) &'static str, pub(super) &'static str, pub(super) Option<u16>);

/// A template.
pub(super) struct Template {
    /// The `type` of a creation.
    pub(super) name: &'static str,
    pub(super) parts: &'static [Part],
}

/// All of them; Coolify has about 330 more.
pub(super) const ALL: &[Template] = &[
    Template {
        name: "authentik",
        parts: &[
            Part("authentik-server", "ghcr.io/goauthentik/server:2025.10", Some(9000)),
            Part("authentik-worker", "ghcr.io/goauthentik/server:2025.10", None),
            Part("postgresql", "postgres:16-alpine", None),
            Part("redis", "redis:alpine", None),
        ],
    },
    Template {
        name: "keycloak",
        parts: &[Part("keycloak", "quay.io/keycloak/keycloak:26", Some(8080))],
    },
    Template {
        name: "keycloak-with-postgres",
        parts: &[
            Part("keycloak", "quay.io/keycloak/keycloak:26", Some(8080)),
            Part("postgres", "postgres:16-alpine", None),
        ],
    },
    Template {
        name: "logto",
        parts: &[
            Part("logto", "svhd/logto:latest", Some(3001)),
            Part("postgres", "postgres:14-alpine", None),
        ],
    },
    Template { name: "n8n", parts: &[Part("n8n", "docker.n8n.io/n8nio/n8n", Some(5678))] },
    Template {
        name: "pocket-id",
        parts: &[Part("pocket-id", "ghcr.io/pocket-id/pocket-id:v1", Some(1411))],
    },
    Template {
        name: "pocket-id-with-postgresql",
        parts: &[
            Part("pocket-id", "ghcr.io/pocket-id/pocket-id:v1", Some(1411)),
            Part("postgresql", "postgres:16-alpine", None),
        ],
    },
    Template {
        name: "pocketbase",
        parts: &[Part("pocketbase", "ghcr.io/coollabsio/pocketbase:latest", Some(8080))],
    },
    Template {
        name: "supertokens-with-mysql",
        parts: &[
            Part(
                "supertokens",
                "registry.supertokens.io/supertokens/supertokens-mysql",
                Some(3567),
            ),
            Part("mysql", "mysql:8.0", None),
        ],
    },
    Template {
        name: "supertokens-with-postgresql",
        parts: &[
            Part(
                "supertokens",
                "registry.supertokens.io/supertokens/supertokens-postgresql",
                Some(3567),
            ),
            Part("postgres", "postgres:16-alpine", None),
        ],
    },
];

/// The one of that type.
pub(super) fn named(name: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.name == name)
}
