//! Configuration, read from the environment and `.env` files. All mistakes are reported at once.

mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;

use covibe_domain::{Secret, ServerUuid};
use url::Url;

pub(crate) use sources::Sources;

/// The format of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file in the data directory.
    Sqlite,
    /// `DATABASE_URL`, and `COVIBE_POSTGRES_ADMIN_URL` if it is set.
    Postgres { runtime: Secret, admin: Option<Secret> },
}

/// How to reach Coolify.
#[derive(Clone, Debug)]
pub(crate) struct Coolify {
    pub(crate) url: Url,
    pub(crate) token: Secret,
    pub(crate) server: Option<ServerUuid>,
    pub(crate) destination: Option<String>,
}

/// How to reach Gitea.
#[derive(Clone, Debug)]
pub(crate) struct Gitea {
    pub(crate) url: Url,
    pub(crate) token: Secret,
    pub(crate) username: String,
    pub(crate) ssh_host: Option<String>,
}

/// The whole configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) bind: SocketAddr,
    pub(crate) hosted_url: Option<String>,
    pub(crate) database: Database,
    pub(crate) data_dir: PathBuf,
    /// `None` if the server generates a key and stores it in the data directory.
    pub(crate) secrets_key: Option<Secret>,
    pub(crate) base_domain: String,
    pub(crate) coolify: Option<Coolify>,
    pub(crate) gitea: Option<Gitea>,
    /// Whether auth providers that mount Docker's socket may be created.
    pub(crate) docker_sock_providers: bool,
    /// Whether apps may be built from a compose file in a repository.
    pub(crate) compose_repositories: bool,
    pub(crate) log_filter: Option<String>,
    pub(crate) log_format: LogFormat,
}

/// The mistakes in the configuration, without the values of variables.
#[derive(Debug)]
pub(crate) struct Mistakes(Vec<String>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the configuration is invalid:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl Config {
    /// Reads and validates everything.
    pub(crate) fn read(sources: &Sources) -> Result<Self, Mistakes> {
        let mut reader = Reader { sources, mistakes: Vec::new() };
        let database = reader.database();
        let secrets_key = reader.secrets_key(&database);
        let config = Self {
            bind: reader
                .parsed("COVIBE_BIND", "an address like 127.0.0.1:8787")
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8787))),
            hosted_url: reader.hosted_url(),
            database,
            data_dir: reader.text("COVIBE_DATA_DIR").map_or_else(|| "data".into(), PathBuf::from),
            secrets_key,
            base_domain: reader.base_domain(),
            coolify: reader.coolify(),
            gitea: reader.gitea(),
            docker_sock_providers: reader.switch("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS"),
            compose_repositories: reader.switch("COVIBE_ALLOW_COMPOSE_REPOSITORIES"),
            log_filter: reader.text("RUST_LOG"),
            log_format: reader.log_format(),
        };
        reader.auth_mode();
        if reader.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(reader.mistakes)) }
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.sources.get(name)
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.trim().parse().ok();
        if parsed.is_none() {
            self.mistakes.push(format!("{name}: expected {expected}"));
        }
        parsed
    }

    /// Reads a switch, which is off by default.
    fn switch(&mut self, name: &str) -> bool {
        self.parsed(name, "true or false").unwrap_or_default()
    }

    /// Reports a missing variable that another one requires.
    fn required<T>(&mut self, value: Option<T>, name: &str, because: &str) -> Option<T> {
        if value.is_none() {
            self.mistakes.push(format!("{name}: required because {because}"));
        }
        value
    }

    fn database(&mut self) -> Database {
        let backend = self.text("COVIBE_DATABASE_BACKEND");
        match backend.as_deref() {
            None | Some("sqlite") => return Database::Sqlite,
            Some("postgres") => {}
            Some(_) => self
                .mistakes
                .push("COVIBE_DATABASE_BACKEND: expected sqlite or postgres".to_owned()),
        }
        let because = "COVIBE_DATABASE_BACKEND is postgres";
        let runtime = self.secret("DATABASE_URL");
        let runtime = self.required(runtime, "DATABASE_URL", because);
        let runtime = runtime.unwrap_or_else(|| Secret::new(""));
        Database::Postgres { runtime, admin: self.secret("COVIBE_POSTGRES_ADMIN_URL") }
    }

    fn secrets_key(&mut self, database: &Database) -> Option<Secret> {
        let key = self.secret("VIBN_SECRETS_KEY");
        if let Some(key) = &key
            && let Err(error) = covibe_crypto::SecretBox::from_config(key)
        {
            self.mistakes.push(format!("VIBN_SECRETS_KEY: {error}"));
        }
        match database {
            Database::Sqlite => key,
            Database::Postgres { .. } => {
                self.required(key, "VIBN_SECRETS_KEY", "COVIBE_DATABASE_BACKEND is postgres")
            }
        }
    }

    fn hosted_url(&mut self) -> Option<String> {
        let text = self.text("COVIBE_HOSTED_URL")?;
        let origin = text.trim_end_matches('/').to_owned();
        if covibe_http::Doors::new([origin.as_str()]).is_err() {
            let expected = "an origin like https://co-vibe.example, with nothing after the host";
            self.mistakes.push(format!("COVIBE_HOSTED_URL: expected {expected}"));
        }
        Some(origin)
    }

    fn base_domain(&mut self) -> String {
        let Some(domain) = self.text("COVIBE_WORKSPACE_DOMAIN") else {
            return "vibnai.com".to_owned();
        };
        let domain = domain.to_ascii_lowercase();
        let valid = domain.contains('.')
            && domain.split('.').all(|label| covibe_domain::names::label(label) == label);
        if !valid {
            let expected = "a domain like vibnai.com";
            self.mistakes.push(format!("COVIBE_WORKSPACE_DOMAIN: expected {expected}"));
        }
        domain
    }

    /// Reads an upstream's URL, which is required if one of the upstream's other variables is set.
    fn upstream(&mut self, name: &str, others: &[&str]) -> Option<Url> {
        let url: Option<Url> = self.parsed(name, "an http(s) URL");
        let set = others.iter().find(|other| self.text(other).is_some());
        match (&url, set) {
            (Some(url), _) if !matches!(url.scheme(), "http" | "https") => {
                self.mistakes.push(format!("{name}: expected an http(s) URL"));
            }
            (None, Some(other)) if self.text(name).is_none() => {
                self.mistakes.push(format!("{name}: required because {other} is set"));
            }
            _ => {}
        }
        url
    }

    fn coolify(&mut self) -> Option<Coolify> {
        let others = ["COOLIFY_API_TOKEN", "COOLIFY_SERVER_UUID", "COOLIFY_DESTINATION_UUID"];
        let url = self.upstream("COOLIFY_API_URL", &others);
        let server = self.parsed("COOLIFY_SERVER_UUID", "a Coolify uuid");
        let destination = self.text("COOLIFY_DESTINATION_UUID");
        let token = self.secret("COOLIFY_API_TOKEN");
        let url = url?;
        let token = self.required(token, "COOLIFY_API_TOKEN", "COOLIFY_API_URL is set")?;
        Some(Coolify { url, token, server, destination })
    }

    fn gitea(&mut self) -> Option<Gitea> {
        let others = ["GITEA_API_TOKEN", "GITEA_USERNAME", "GITEA_SSH_HOST"];
        let url = self.upstream("GITEA_API_URL", &others)?;
        let because = "GITEA_API_URL is set";
        let (token, username) = (self.secret("GITEA_API_TOKEN"), self.text("GITEA_USERNAME"));
        let token = self.required(token, "GITEA_API_TOKEN", because);
        let username = self.required(username, "GITEA_USERNAME", because);
        let ssh_host = self.text("GITEA_SSH_HOST");
        Some(Gitea { url, token: token?, username: username?, ssh_host })
    }

    fn log_format(&mut self) -> LogFormat {
        match self.text("COVIBE_LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                self.mistakes.push("COVIBE_LOG_FORMAT: expected text or json".to_owned());
                LogFormat::Text
            }
        }
    }

    fn auth_mode(&mut self) {
        if !matches!(self.text("COVIBE_AUTH_MODE").as_deref(), None | Some("local")) {
            self.mistakes.push("COVIBE_AUTH_MODE: this release supports only local".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Config, Mistakes> {
        Config::read(&Sources::of(values))
    }

    #[test]
    fn the_empty_configuration_is_valid() {
        let config = read(&[]).unwrap();
        assert_eq!(config.bind.to_string(), "127.0.0.1:8787");
        assert_eq!(config.base_domain, "vibnai.com");
        assert!(matches!(config.database, Database::Sqlite) && config.coolify.is_none());
        assert!(!config.docker_sock_providers);
    }

    #[test]
    fn switches_are_true_or_false() {
        let switch = |text| read(&[("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS", text)]);
        assert!(switch("true").unwrap().docker_sock_providers);
        assert!(!switch("false").unwrap().docker_sock_providers);
        assert!(switch("yes").is_err());
    }

    #[test]
    fn reports_every_mistake_without_its_value() {
        let mistakes = read(&[
            ("COVIBE_BIND", "nowhere"),
            ("COVIBE_DATABASE_BACKEND", "postgres"),
            ("VIBN_SECRETS_KEY", "hunter2"),
            ("COVIBE_HOSTED_URL", "https://user:hunter3@host/callback"),
            ("COOLIFY_API_URL", "https://coolify.example"),
            ("COOLIFY_SERVER_UUID", "?"),
            ("GITEA_API_URL", "git.example"),
            ("COVIBE_LOG_FORMAT", "xml"),
        ])
        .unwrap_err()
        .to_string();
        for name in [
            "COVIBE_BIND",
            "DATABASE_URL",
            "VIBN_SECRETS_KEY",
            "COVIBE_HOSTED_URL",
            "COOLIFY_API_TOKEN",
            "COOLIFY_SERVER_UUID",
            "GITEA_API_URL",
            "COVIBE_LOG_FORMAT",
        ] {
            assert!(mistakes.contains(&format!("\n  {name}:")), "{name}: {mistakes}");
        }
        assert!(!mistakes.contains("hunter"), "{mistakes}");
    }

    #[test]
    fn rejects_an_incomplete_upstream() {
        let mistakes = read(&[("COOLIFY_API_TOKEN", "hunter2")]).unwrap_err().to_string();
        assert!(mistakes.contains("COOLIFY_API_URL: required") && !mistakes.contains("hunter"));
        assert!(read(&[("GITEA_API_URL", "ftp://git.example")]).is_err());
    }

    #[test]
    fn postgres_requires_a_configured_secrets_key() {
        let url = ("DATABASE_URL", "postgres://runtime@localhost/covibe");
        let mistakes = read(&[("COVIBE_DATABASE_BACKEND", "postgres"), url]).unwrap_err();
        assert!(mistakes.to_string().contains("VIBN_SECRETS_KEY: required"));
    }
}
