//! Service templates: Coolify's auth templates and some others, as compose files cut down to what
//! matters to its API (4.3.11).

mod products;

use self::products::{
    CHASKIQ, CLOUDFLARED, DOCKER_REGISTRY, DOZZLE, ENTE_PHOTOS, FIDER, FILEBROWSER, MINIO, N8N,
    UMAMI, UPTIME_KUMA, WORDPRESS,
};

/// A service template.
pub(crate) struct Template {
    /// The `type` in a creation.
    pub(crate) name: &'static str,
    /// The compose file.
    pub(crate) file: &'static str,
}

/// The simulated templates; Coolify has about 330 more.
pub(crate) const ALL: &[Template] = &[
    Template { name: "authentik", file: AUTHENTIK },
    Template { name: "chaskiq", file: CHASKIQ },
    Template { name: "cloudflared", file: CLOUDFLARED },
    Template { name: "docker-registry", file: DOCKER_REGISTRY },
    Template { name: "dozzle", file: DOZZLE },
    Template { name: "ente-photos", file: ENTE_PHOTOS },
    Template { name: "fider", file: FIDER },
    Template { name: "filebrowser", file: FILEBROWSER },
    Template { name: "keycloak", file: KEYCLOAK },
    Template { name: "keycloak-with-postgres", file: KEYCLOAK_WITH_POSTGRES },
    Template { name: "logto", file: LOGTO },
    Template { name: "minio", file: MINIO },
    Template { name: "n8n", file: N8N },
    Template { name: "pocket-id", file: POCKET_ID },
    Template { name: "pocket-id-with-postgresql", file: POCKET_ID_WITH_POSTGRESQL },
    Template { name: "pocketbase", file: POCKETBASE },
    Template { name: "supertokens-with-mysql", file: SUPERTOKENS_WITH_MYSQL },
    Template { name: "supertokens-with-postgresql", file: SUPERTOKENS_WITH_POSTGRESQL },
    Template { name: "umami", file: UMAMI },
    Template { name: "uptime-kuma", file: UPTIME_KUMA },
    Template { name: "wordpress-without-database", file: WORDPRESS },
];

/// Returns the template with that name.
pub(crate) fn find_template(name: &str) -> Option<&'static Template> {
    ALL.iter().find(|template| template.name == name)
}

const POCKETBASE: &str = "
services:
  pocketbase:
    image: ghcr.io/coollabsio/pocketbase:latest
    environment: [SERVICE_URL_POCKETBASE_8080]
    volumes: ['pocketbase-data:/app/pb_data', 'pocketbase-hooks:/app/pb_hooks']
";

/// Its worker mounts docker's socket.
const AUTHENTIK: &str = "
x-database: &database
  AUTHENTIK_POSTGRESQL__USER: ${SERVICE_USER_POSTGRESQL}
  AUTHENTIK_POSTGRESQL__PASSWORD: ${SERVICE_PASSWORD_POSTGRESQL}
  AUTHENTIK_SECRET_KEY: ${SERVICE_PASSWORD_64_AUTHENTIKSERVER}
services:
  authentik-server:
    image: ghcr.io/goauthentik/server:2025.10.3
    command: server
    environment:
      <<: *database
      SERVICE_URL_AUTHENTIKSERVER_9000:
    volumes: ['./media:/media', './custom-templates:/templates']
  authentik-worker:
    image: ghcr.io/goauthentik/server:2025.10.3
    command: worker
    environment: *database
    volumes: ['/var/run/docker.sock:/var/run/docker.sock', './media:/media']
  postgresql:
    image: postgres:16-alpine
    environment: ['POSTGRES_PASSWORD=${SERVICE_PASSWORD_POSTGRESQL}', 'POSTGRES_USER=${SERVICE_USER_POSTGRESQL}']
    volumes: ['authentik-db:/var/lib/postgresql/data']
";

const KEYCLOAK: &str = "
services:
  keycloak:
    image: quay.io/keycloak/keycloak:26.1
    environment:
      - SERVICE_URL_KEYCLOAK_8080
      - KC_BOOTSTRAP_ADMIN_USERNAME=${SERVICE_USER_ADMIN}
      - KC_BOOTSTRAP_ADMIN_PASSWORD=${SERVICE_PASSWORD_ADMIN}
      - KC_HOSTNAME=${SERVICE_URL_KEYCLOAK}
    volumes: ['keycloak-data:/opt/keycloak/data']
";

const KEYCLOAK_WITH_POSTGRES: &str = "
services:
  keycloak:
    image: quay.io/keycloak/keycloak:26.1
    environment:
      - SERVICE_URL_KEYCLOAK_8080
      - KC_BOOTSTRAP_ADMIN_USERNAME=${SERVICE_USER_ADMIN}
      - KC_BOOTSTRAP_ADMIN_PASSWORD=${SERVICE_PASSWORD_ADMIN}
      - KC_DB_USERNAME=${SERVICE_USER_DATABASE}
      - KC_DB_PASSWORD=${SERVICE_PASSWORD_64_DATABASE}
      - KC_HOSTNAME=${SERVICE_URL_KEYCLOAK}
    volumes: ['keycloak-data:/opt/keycloak/data']
  postgres:
    image: postgres:16-alpine
    environment:
      - POSTGRES_USER=${SERVICE_USER_DATABASE}
      - POSTGRES_PASSWORD=${SERVICE_PASSWORD_64_DATABASE}
      - POSTGRES_DB=${POSTGRESQL_DATABASE:-keycloak}
    volumes: ['keycloak-postgresql-data:/var/lib/postgresql/data']
";

const POCKET_ID: &str = "
services:
  pocket-id:
    image: ghcr.io/pocket-id/pocket-id:v1.13
    environment: [SERVICE_URL_POCKETID_1411, 'APP_URL=${SERVICE_URL_POCKETID}', 'TRUST_PROXY=${TRUST_PROXY:-true}']
    volumes: ['pocket-id-data:/app/data']
";

const POCKET_ID_WITH_POSTGRESQL: &str = "
services:
  pocket-id:
    image: ghcr.io/pocket-id/pocket-id:v1.13
    environment:
      - SERVICE_URL_POCKETID_1411
      - APP_URL=${SERVICE_URL_POCKETID}
      - DB_CONNECTION_STRING=postgresql://${SERVICE_USER_POSTGRESQL}:${SERVICE_PASSWORD_POSTGRESQL}@postgresql:5432/${POSTGRES_DB:-pocketid}
      - ENCRYPTION_KEY=${SERVICE_PASSWORD_64_POCKETID}
    volumes: ['pocket-id-data:/app/data']
  postgresql:
    image: postgres:16-alpine
    environment: ['POSTGRES_PASSWORD=${SERVICE_PASSWORD_POSTGRESQL}', 'POSTGRES_USER=${SERVICE_USER_POSTGRESQL}']
    volumes: ['pocket-id-postgresql-data:/var/lib/postgresql/data']
";

/// Its endpoints have to be set by hand, and its variable names no port.
const LOGTO: &str = "
services:
  logto:
    image: svhd/logto:${TAG-latest}
    environment:
      - SERVICE_URL_LOGTO
      - DB_URL=postgres://${SERVICE_USER_POSTGRES}:${SERVICE_PASSWORD_POSTGRES}@postgres:5432/${POSTGRES_DB:-logto}
      - ENDPOINT=$LOGTO_ENDPOINT
      - ADMIN_ENDPOINT=$LOGTO_ADMIN_ENDPOINT
  postgres:
    image: postgres:14-alpine
    environment: {POSTGRES_USER: '${SERVICE_USER_POSTGRES}', POSTGRES_PASSWORD: '${SERVICE_PASSWORD_POSTGRES}'}
    volumes: ['logto-postgres-data:/var/lib/postgresql/data']
";

/// It is open to everybody unless `API_KEYS` is set before its first start.
const SUPERTOKENS_WITH_POSTGRESQL: &str = "
services:
  supertokens:
    image: registry.supertokens.io/supertokens/supertokens-postgresql:latest
    environment:
      - SERVICE_URL_SUPERTOKENS_3567
      - API_KEYS=${API_KEYS:-}
      - POSTGRESQL_CONNECTION_URI=postgresql://$SERVICE_USER_POSTGRESQL:$SERVICE_PASSWORD_POSTGRESQL@postgres:5432/x
  postgres:
    image: postgres:16
    environment: [POSTGRES_USER=$SERVICE_USER_POSTGRESQL, POSTGRES_PASSWORD=$SERVICE_PASSWORD_POSTGRESQL]
    volumes: ['supertokens-postgres-data:/var/lib/postgresql/data']
";

const SUPERTOKENS_WITH_MYSQL: &str = "
services:
  supertokens:
    image: registry.supertokens.io/supertokens/supertokens-mysql:latest
    environment:
      - SERVICE_URL_SUPERTOKENS_3567
      - API_KEYS=${API_KEYS:-}
      - MYSQL_CONNECTION_URI=mysql://$SERVICE_USER_MYSQL:$SERVICE_PASSWORD_MYSQL@mysql:3306/x
  mysql:
    image: mysql:latest
    environment: [MYSQL_ROOT_PASSWORD=$SERVICE_PASSWORD_MYSQL, MYSQL_USER=$SERVICE_USER_MYSQL]
    volumes: ['supertokens-mysql-data:/var/lib/mysql']
";

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::coolify::compose::File;

    #[test]
    fn every_template_is_a_valid_compose_file_with_the_expected_databases() {
        for template in ALL {
            let file = File::parse(template.file).unwrap();
            let databases = file.services.iter().filter(|service| service.is_database).count();
            let has_other = [
                "authentik",
                "ente",
                "fider",
                "keycloak-with",
                "logto",
                "postgresql",
                "mysql",
                "umami",
            ];
            let expected = has_other.iter().any(|word| template.name.contains(word));
            assert_eq!(databases, usize::from(expected), "{}", template.name);
        }
        assert!(ALL.is_sorted_by_key(|template| template.name));
    }
}
