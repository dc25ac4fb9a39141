//! The secrets of a resource, which the output of its containers must not repeat.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use covibe_coolify::Env;
use covibe_domain::{Failure, Secret};
use covibe_upstream::without_userinfo;
use covibe_workspace::{Coolify, Hosted, Workspace};

/// The replacement of a secret.
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

/// The maximum number of bytes of all secrets together. The search for them takes some fifty times as much memory.
const MOST_BYTES: usize = 256 << 10;

/// The secrets of a resource, found in one pass over a line however many they are.
pub(crate) struct Masks(AhoCorasick);

impl Masks {
    /// Reads the secrets of a resource: the values of its variables that are shown once or are secrets by
    /// their names, and the tokens of the workspace's bot.
    pub(crate) async fn for_resource(
        cx: &Workspace,
        coolify: &Coolify,
        resource: &Hosted,
    ) -> Result<Self, Failure> {
        let mut secrets = cx.bot_tokens().await?;
        match resource {
            Hosted::App(app) => secrets.extend(secrets_of_envs(coolify.app_envs(app).await?)),
            Hosted::Provider(service) => {
                secrets.extend(secrets_of_envs(coolify.service_envs(service).await?));
            }
            Hosted::Database(database) => {
                let urls = [&database.internal_url, &database.external_url];
                secrets.extend(urls.into_iter().flatten().filter_map(password));
            }
        }
        Self::new(&secrets)
    }

    /// Prepares the search for secrets.
    ///
    /// # Errors
    ///
    /// Rejected if they are longer than 256 KiB together.
    pub(super) fn new(secrets: &[Secret]) -> Result<Self, Failure> {
        let mut texts: Vec<_> = secrets.iter().map(Secret::expose).collect();
        texts.retain(|secret| secret.len() >= MIN);
        texts.sort_unstable();
        texts.dedup();
        if texts.iter().map(|secret| secret.len()).sum::<usize>() > MOST_BYTES {
            return Err(too_long());
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest);
        let finder = builder.kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts);
        finder.map(Self).map_err(|_| too_long())
    }

    /// Returns a line without the secrets, and without the credentials of URLs.
    pub(crate) fn apply(&self, line: &str) -> String {
        let line = without_userinfo(line);
        let mut masked = String::with_capacity(line.len());
        self.0.replace_all_with(&line, &mut masked, |_, _, masked| {
            masked.push_str(MASK);
            true
        });
        masked
    }
}

/// 422: the secrets to mask are too long.
fn too_long() -> Failure {
    Failure::rejected("The secret variables are too long to be masked in what containers print.").hint(
        "Keep their values under 256 KiB in total. A variable is secret if it is isShownOnce, or if \
         its name contains a word such as KEY or TOKEN.",
    )
}

/// Returns the secrets among variables; each line of those with several lines.
fn secrets_of_envs(envs: Vec<Env>) -> impl Iterator<Item = Secret> {
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
        let masks = Masks::new(&["hunter2hunter2", "hunter2h", "short"].map(Secret::new)).unwrap();
        assert_eq!(masks.apply("a hunter2hunter2 b hunter2h short"), "a *** b *** short");
        assert_eq!(
            masks.apply("git clone https://bot:pw@git.test/o/r"),
            "git clone https://…@git.test/o/r"
        );
    }

    #[test]
    fn more_secrets_than_can_be_masked_are_refused() {
        let secrets = |count: usize| {
            let secrets: Vec<_> =
                (0..count).map(|n| Secret::new(format!("secret-{n:09}"))).collect();
            Masks::new(&secrets)
        };
        assert_eq!(secrets(16_000).unwrap().apply("a secret-000015999 b"), "a *** b");
        assert!(secrets(17_000).is_err());
    }

    #[test]
    fn finds_the_password_of_a_connection_url() {
        let found = password(&Secret::new("postgres://u:p@ss:w@host:5432/db")).unwrap();
        assert_eq!(found.expose(), "p@ss:w");
        assert!(password(&Secret::new("redis://host")).is_none());
    }
}
