//! The variables by which an app reaches the bucket.

use covibe_domain::{AppUuid, Failure};
use covibe_workspace::{StorageKey, StorageWork, Workspace};

use crate::apps::{EnvInput, set_variables};

/// The default prefix of the names of the variables.
pub(super) const USUAL: &str = "STORAGE_";

/// The longest prefix, in characters.
pub(super) const LONGEST: usize = 32;

/// The pattern of a prefix.
pub(super) const PREFIX: &str = "^[A-Z][A-Z0-9_]*$";

/// The same in words.
pub(super) const PREFIX_RULE: &str =
    "capital letters, digits and _, beginning with a letter, like S3_";

/// The variables that newer SDKs of AWS need, because Cloud Storage does not know the checksums that they send
/// otherwise.
const CHECKSUMS: [&str; 2] =
    ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"];

/// The names of the variables with the key, without the prefix.
const KEY: [&str; 2] = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"];

/// Returns whether a variable has the id or the secret of a key.
pub(super) fn is_key(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|name| KEY.contains(&name))
}

/// The result of setting the variables of an app.
pub(super) struct Injected {
    /// Their names.
    pub(super) names: Vec<String>,
    /// True if any of them differs from before.
    pub(super) has_changed: bool,
}

/// Gives an app the current key, and records that.
pub(super) async fn inject(
    cx: &Workspace,
    work: &StorageWork<'_>,
    uuid: &AppUuid,
    prefix: &str,
) -> Result<Injected, Failure> {
    let envs = variables(&work.key()?, prefix);
    // Boxed because the future is large.
    let written = Box::pin(set_variables(cx, uuid, &envs)).await?;
    work.end_injection(uuid.as_str(), prefix).await.map_err(Failure::in_doubt)?;
    Ok(Injected { names: written.names, has_changed: written.changed })
}

fn variables(key: &StorageKey, prefix: &str) -> Vec<EnvInput> {
    let of = |name: &str, value: &str, is_secret: bool| {
        EnvInput::exact(format!("{prefix}{name}"), value.to_owned(), is_secret)
    };
    let mut variables = vec![
        of("ENDPOINT", &key.endpoint, false),
        of("REGION", &key.region, false),
        of("BUCKET", &key.bucket, false),
        of(KEY[0], &key.access_key_id, false),
        of(KEY[1], key.secret.expose(), true),
        of("FORCE_PATH_STYLE", "true", false),
    ];
    let needed =
        |name: &&str| EnvInput::exact((*name).to_owned(), "when_required".to_owned(), false);
    variables.extend(CHECKSUMS.iter().map(needed));
    variables
}
