//! The environment of a server process that uses a world's database and upstreams.

use std::path::PathBuf;

use super::database_and_settings::Location;
use super::world::World;
use super::world_options::ADMIN;

impl World {
    /// Returns the variables that configure `covibe-server` for this world and a free port; other
    /// settings have their defaults.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| text.to_owned();
        let addresses: Vec<_> =
            self.options().settings.ingress.iter().map(ToString::to_string).collect();
        let mut variables = vec![
            ("COVIBE_BIND", text("127.0.0.1:0")),
            ("COVIBE_WORKSPACE_DOMAIN", text("vibnai.com")),
            ("VIBN_SECRETS_KEY", text(self.common.secrets.expose())),
            ("COOLIFY_API_URL", self.coolify.url.clone()),
            ("COOLIFY_API_TOKEN", text(self.coolify.token.expose())),
            ("GITEA_API_URL", self.gitea.url.clone()),
            ("GITEA_API_TOKEN", text(self.gitea.token.expose())),
            ("GITEA_USERNAME", text(ADMIN)),
            ("OPENSRS_USERNAME", self.options().registrar.username.clone()),
            ("OPENSRS_API_KEY", text(self.registrar.token.expose())),
            ("OPENSRS_ENVIRONMENT", text("live")),
            ("OPENSRS_API_URL", self.registrar.url.clone()),
            ("COVIBE_DOMAIN_DAILY_LIMIT", text("1000000")),
            ("COVIBE_CLOUD_DNS_PROJECT", text("covibe-sandbox")),
            ("COVIBE_CLOUD_DNS_API_URL", self.cloud.url.clone()),
            ("COVIBE_STORAGE_PROJECT", text("covibe-sandbox")),
            ("COVIBE_STORAGE_API_URL", self.cloud.url.clone()),
            ("COVIBE_STORAGE_IAM_API_URL", self.cloud.url.clone()),
            ("GOOGLE_APPLICATION_CREDENTIALS", self.key_file().display().to_string()),
            ("COVIBE_INGRESS_ADDRESSES", addresses.join(",")),
            ("COVIBE_UPLOAD_DIR", self.uploads().display().to_string()),
            ("COVIBE_COMPANION_DIR", self.companion().display().to_string()),
        ];
        match &self.common.location {
            Location::File(path) => {
                let directory = path.parent().expect("a directory");
                variables.push(("COVIBE_DATA_DIR", directory.display().to_string()));
            }
            Location::Server(database) => {
                variables.push(("COVIBE_DATABASE_BACKEND", text("postgres")));
                variables.push(("DATABASE_URL", text(database.runtime_url.expose())));
            }
        }
        if let Some(updates) = &self.options().dns_updates {
            let names: Vec<_> = updates.nameservers.iter().map(ToString::to_string).collect();
            variables.push(("COVIBE_DNS_UPDATE_SERVER", updates.server.to_string()));
            variables.push(("COVIBE_DNS_UPDATE_KEY_NAME", updates.key_name.to_string()));
            variables.push(("COVIBE_DNS_UPDATE_KEY", text(updates.key_secret.expose())));
            variables.push(("COVIBE_DNS_NAMESERVERS", names.join(",")));
        }
        if let Some(docker) = &self.common.docker {
            variables.push(("COVIBE_DOCKER_HOST", docker.address.to_string()));
            let path = |path: &PathBuf| path.display().to_string();
            let (key, known) = (docker.key_file.as_ref(), docker.known_hosts.as_ref());
            variables.extend(key.map(|file| ("COVIBE_DOCKER_SSH_KEY", path(file))));
            variables.extend(known.map(|file| ("COVIBE_DOCKER_KNOWN_HOSTS", path(file))));
        }
        variables
    }
    /// Writes the key file of the service account, and returns where it is.
    fn key_file(&self) -> PathBuf {
        let path = self.directory.path().join("google.json");
        std::fs::write(&path, self.common.cloud.key_file.expose()).expect("a file");
        path
    }
}
