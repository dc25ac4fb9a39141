//! The secrets of a resource, which the output of its containers must not repeat.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use covibe_coolify::Env;
use covibe_domain::entities::KeyAccess;
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
pub(crate) struct Masks {
    secrets: AhoCorasick,
    /// True if signed tokens are secrets, too. A key that reads only gets none: whoever opens the link that PocketBase
    /// prints at its start becomes the superuser.
    hides_tokens: bool,
}

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
        let hides_tokens = cx.access() == KeyAccess::Read;
        Ok(Self { hides_tokens, ..Self::new(&secrets)? })
    }

    /// Prepares the search for secrets, of which signed tokens are none.
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
        let secrets = finder.map_err(|_| too_long())?;
        Ok(Self { secrets, hides_tokens: false })
    }

    /// Returns a line without the secrets, and without the credentials of URLs.
    pub(crate) fn apply(&self, line: &str) -> String {
        let line = without_userinfo(line);
        let mut masked = String::with_capacity(line.len());
        self.secrets.replace_all_with(&line, &mut masked, |_, _, masked| {
            masked.push_str(MASK);
            true
        });
        if self.hides_tokens { without_tokens(&masked) } else { masked }
    }
}

/// The first characters of a signed token: `{"` in base64 (RFC 7519).
const TOKEN_BEGIN: &str = "eyJ";

/// Returns a line without signed tokens: three parts in base64 with dots between them.
fn without_tokens(line: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(begin) = rest.find(TOKEN_BEGIN) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let after = &rest[begin..];
        let token = &after[..after.find(|c| !is_part(c)).unwrap_or(after.len())];
        kept.push_str(&rest[..begin]);
        kept.push_str(if token.matches('.').count() < 2 { token } else { MASK });
        rest = &after[token.len()..];
    }
    kept + rest
}

/// 422: the secrets to mask are too long.
fn too_long() -> Failure {
    Failure::rejected("The secret variables are too long to be masked in what containers print.").hint(
        "Keep their values under 256 KiB in total. A variable is secret if it is `isShownOnce`, or if \
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
    fn a_key_that_reads_only_gets_no_signed_token() {
        let link = "Open http://0.0.0.0:8080/_/#/pbinstal/eyJhbGciOi.eyJpZCI6_x.c2ln-x now, eyJ.eyJ, eyJx.";
        let masks = Masks::new(&[]).unwrap();
        assert_eq!(masks.apply(link), link);
        let masks = Masks { hides_tokens: true, ..masks };
        let shown = "Open http://0.0.0.0:8080/_/#/pbinstal/*** now, eyJ.eyJ, eyJx.";
        assert_eq!(masks.apply(link), shown);
        assert_eq!(masks.apply("eyJa.b.c"), "***");
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
