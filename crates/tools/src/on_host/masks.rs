//! The secrets of a resource, which the output of its containers must not repeat.

use std::cmp::Reverse;

use covibe_coolify::Env;
use covibe_domain::{Failure, Secret};
use covibe_upstream::without_userinfo;
use covibe_workspace::{Coolify, Hosted, Workspace};

/// What replaces a secret.
const MASK: &str = "***";

/// The length from which a value is masked, in bytes. Shorter ones are words of usual text.
const MIN: usize = 8;

/// Parts of the names of variables that hold secrets.
const SECRET_NAMES: [&str; 12] = [
    "PASS",
    "SECRET",
    "TOKEN",
    "KEY",
    "PWD",
    "CREDENTIAL",
    "AUTH",
    "SALT",
    "DSN",
    "PRIVATE",
    "_URL",
    "_URI",
];

/// The secrets of a resource, the longest first.
pub(crate) struct Masks(Vec<Secret>);

impl Masks {
    /// Reads the secrets of a resource: the values of its variables that are shown once or are secrets by
    /// their names, and the tokens of the workspace's bot.
    pub(crate) async fn of(
        cx: &Workspace,
        coolify: &Coolify,
        resource: &Hosted,
    ) -> Result<Self, Failure> {
        let mut secrets = cx.bot_tokens().await?;
        match resource {
            Hosted::App(app) => secrets.extend(of_envs(coolify.app_envs(app).await?)),
            Hosted::Provider(service) => {
                secrets.extend(of_envs(coolify.service_envs(service).await?));
            }
            Hosted::Database(database) => {
                let urls = [&database.internal_url, &database.external_url];
                secrets.extend(urls.into_iter().flatten().filter_map(password));
            }
        }
        Ok(Self::new(secrets))
    }

    pub(super) fn new(mut secrets: Vec<Secret>) -> Self {
        secrets.retain(|secret| secret.expose().len() >= MIN);
        secrets.sort_by_key(|secret| Reverse(secret.expose().len()));
        Self(secrets)
    }

    /// Returns a line without the secrets, and without the credentials of URLs.
    pub(crate) fn apply(&self, line: &str) -> String {
        self.0.iter().fold(without_userinfo(line), |line, secret| {
            if line.contains(secret.expose()) { line.replace(secret.expose(), MASK) } else { line }
        })
    }
}

/// Returns the secrets among variables; of one with several lines, each line.
fn of_envs(envs: Vec<Env>) -> impl Iterator<Item = Secret> {
    let secret = |env: &Env| {
        let name = env.key.to_ascii_uppercase();
        env.is_shown_once || SECRET_NAMES.iter().any(|part| name.contains(part))
    };
    let lines = |env: Env| {
        let value = env.value.unwrap_or_else(|| Secret::new(String::new()));
        value.expose().lines().map(|line| Secret::new(line.trim())).collect::<Vec<_>>()
    };
    envs.into_iter().filter(secret).flat_map(lines)
}

/// Returns the password of a connection URL.
fn password(url: &Secret) -> Option<Secret> {
    let (_, rest) = url.expose().split_once("://")?;
    let (userinfo, _) = rest.rsplit_once('@')?;
    let (_, password) = userinfo.split_once(':')?;
    Some(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_secrets_and_credentials_of_urls() {
        let masks = Masks::new(["hunter2hunter2", "hunter2h", "short"].map(Secret::new).into());
        assert_eq!(masks.apply("a hunter2hunter2 b hunter2h short"), "a *** b *** short");
        assert_eq!(
            masks.apply("git clone https://bot:pw@git.test/o/r"),
            "git clone https://…@git.test/o/r"
        );
    }

    #[test]
    fn finds_the_password_of_a_connection_url() {
        let found = password(&Secret::new("postgres://u:p@ss:w@host:5432/db")).unwrap();
        assert_eq!(found.expose(), "p@ss:w");
        assert!(password(&Secret::new("redis://host")).is_none());
    }
}
