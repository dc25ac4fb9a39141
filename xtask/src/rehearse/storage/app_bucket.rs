//! A bucket as an app uses it: over S3 in path style, with its variables and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use super::curl::{self, CurlAnswer};

/// The prefix of the names of the variables.
const PREFIX: &str = "STORAGE_";

/// The time within which a grant, a key or its end must be known everywhere at Google. It names up to seven
/// minutes for grants.
const KNOWN: Duration = Duration::from_mins(10);

const PAUSE: Duration = Duration::from_secs(1);

/// The object that is written.
const OBJECT: &str = "rehearsal/object.txt";

/// Its content.
const TEXT: &str = "written by a rehearsal";

/// A bucket with a key. It has no `Debug`, because the secret is in it.
pub(super) struct Bucket {
    url: String,
    signature: String,
    user: String,
}

impl Bucket {
    /// Returns the bucket of an app with these variables.
    pub(super) fn from_variables(variables: &BTreeMap<String, String>) -> Result<Self> {
        let get = |name: &str| {
            let name = format!("{PREFIX}{name}");
            variables.get(&name).cloned().with_context(|| format!("the app has no {name}"))
        };
        ensure!(get("FORCE_PATH_STYLE")? == "true", "the answer lacks the addressing style");
        for name in ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"] {
            let value = variables.get(name).map(String::as_str);
            ensure!(value == Some("when_required"), "the app has no {name}");
        }
        Ok(Self {
            url: format!("{}/{}", get("ENDPOINT")?, get("BUCKET")?),
            signature: format!("aws:amz:{}:s3", get("REGION")?),
            user: format!("{}:{}", get("ACCESS_KEY_ID")?, get("SECRET_ACCESS_KEY")?),
        })
    }

    /// Returns the secret, to look for it where it must not be.
    pub(super) fn secret(&self) -> &str {
        self.user.split_once(':').map_or("", |(_, secret)| secret)
    }

    /// Writes the object, once the key is known everywhere.
    pub(super) async fn write(&self) -> Result<()> {
        self.until("the object is not written", |it| it.status == 200, "PUT", OBJECT).await
    }

    /// Reads the object, once the key is known everywhere.
    pub(super) async fn read_object(&self) -> Result<()> {
        let is_it = |it: &CurlAnswer| it.status == 200 && it.body == TEXT;
        self.until("the object is not read", is_it, "GET", OBJECT).await
    }

    /// Lists the objects: there is one.
    pub(super) async fn list(&self) -> Result<()> {
        let answer = self.send("GET", "?list-type=2").await?;
        ensure!(answer.status == 200, "it answers {}", describe_refusal(&answer));
        let names: Vec<_> = answer.body.split("<Key>").skip(1).collect();
        let is_it = names.len() == 1 && names[0].starts_with(&format!("{OBJECT}</Key>"));
        ensure!(is_it, "{} objects are listed", names.len());
        Ok(())
    }

    /// Deletes the object, if it exists.
    pub(super) async fn delete(&self) -> Result<()> {
        let answer = self.send("DELETE", OBJECT).await?;
        ensure!([204, 404].contains(&answer.status), "it answers {}", describe_refusal(&answer));
        Ok(())
    }

    /// Waits until the key is refused.
    pub(super) async fn is_refused(&self) -> Result<()> {
        self.until("the key is not refused", |it| it.status == 403, "GET", OBJECT).await
    }

    async fn until(
        &self,
        otherwise: &str,
        is_so: impl Fn(&CurlAnswer) -> bool,
        method: &str,
        path: &str,
    ) -> Result<()> {
        let until = Instant::now() + KNOWN;
        loop {
            let answer = self.send(method, path).await?;
            if is_so(&answer) {
                return Ok(());
            }
            // A new key may be refused for a while, and a removed one served.
            if ![200, 403].contains(&answer.status) || Instant::now() >= until {
                bail!("{otherwise}: {}", describe_refusal(&answer));
            }
            sleep(PAUSE).await;
        }
    }

    async fn send(&self, method: &str, path: &str) -> Result<CurlAnswer> {
        let separator = if path.starts_with('?') { "" } else { "/" };
        let url = format!("{}{separator}{path}", self.url);
        let body = if method == "PUT" { TEXT } else { "" };
        // Older versions of curl do not add it.
        let digest = format!("x-amz-content-sha256: {}", hex::encode(Sha256::digest(body)));
        let mut settings = vec![
            ("url", url.as_str()),
            ("request", method),
            ("aws-sigv4", &self.signature),
            ("user", &self.user),
            ("header", &digest),
        ];
        if !body.is_empty() {
            settings.push(("data-raw", body));
        }
        curl::send(&settings).await
    }
}

/// Returns the status and the code of a refusal.
fn describe_refusal(answer: &CurlAnswer) -> String {
    let code = answer.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    format!("{} {}", answer.status, code.map_or("", |(code, _)| code))
}
