//! Buckets: found within the project, and marked by their labels.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Conflict, Error, Owner, Transport, optional};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::GoogleStorage;
use crate::bucket_names::BucketName;

/// The path of all buckets.
const BUCKETS: &str = "/b";

/// The path of a bucket.
const BUCKET: &str = "/b/{bucket}";

/// The label's value that says that this server made the bucket.
const MANAGED_BY: &str = "co-vibe";

/// The time for which deleted objects can be brought back, in seconds: a week, which is Google's
/// default.
const SOFT_DELETE: u64 = 7 * 24 * 60 * 60;

/// The public access to a bucket, beside that of its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// None: access is uniform, and no policy can make it public.
    Enforced,
    /// Access may be public or not uniform: this server does not make such buckets.
    Open,
}

/// An owner's bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its location, in capitals, such as `NORTHAMERICA-NORTHEAST1`. It can't be changed.
    pub location: String,
    /// Its public access.
    pub privacy: Privacy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    name: String,
    location: String,
    #[serde(default)]
    labels: Value,
    #[serde(default)]
    iam_configuration: Value,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    items: Vec<Wire>,
}

impl From<Wire> for Bucket {
    fn from(wire: Wire) -> Self {
        let Wire { name, location, iam_configuration: access, .. } = wire;
        let is_private = access["uniformBucketLevelAccess"]["enabled"] == true
            && access["publicAccessPrevention"] == "enforced";
        let privacy = if is_private { Privacy::Enforced } else { Privacy::Open };
        Self { name, location: location.to_ascii_uppercase(), privacy }
    }
}

impl GoogleStorage {
    /// Returns the owner's bucket of this name; `None` where the project has none. Another customer
    /// of Google may have one of the name.
    ///
    /// # Errors
    ///
    /// [`Conflict::Exists`] for one of the project without the owner's labels.
    #[boxed]
    pub async fn bucket(&self, name: &BucketName, owner: &Owner) -> Result<Option<Bucket>, Error> {
        // A read of the bucket itself could show one of another project that lets everybody read it.
        let request = |at: &Transport| {
            let request = at.get(BUCKETS).query("project", self.project());
            request.query("prefix", name).query("projection", "noAcl").query("maxResults", 1000)
        };
        let answer = self.storage(request).await?;
        let taken = Error { cause: Cause::Conflict(Conflict::Exists), ..answer.malformed() };
        let page: Page = answer.json()?;
        let Some(found) = page.items.into_iter().find(|one| one.name == name.as_str()) else {
            return Ok(None);
        };
        if found.labels == labels(owner) { Ok(Some(found.into())) } else { Err(taken) }
    }

    /// Creates the owner's bucket: uniform access, never public, with a week of soft delete.
    ///
    /// # Errors
    ///
    /// [`Conflict::Exists`] where the project or another customer of Google has one of this name.
    #[boxed]
    pub async fn create_bucket(
        &self,
        name: &BucketName,
        location: &str,
        owner: &Owner,
    ) -> Result<Bucket, Error> {
        let mut body = access();
        body["name"] = json!(name.as_str());
        body["location"] = json!(location);
        body["storageClass"] = json!("STANDARD");
        body["softDeletePolicy"] = json!({ "retentionDurationSeconds": SOFT_DELETE.to_string() });
        body["labels"] = labels(owner);
        // The name makes it repeatable: a second bucket of it is refused.
        let request = |at: &Transport| {
            at.post(BUCKETS).query("project", self.project()).body(body.clone()).repeatable()
        };
        let answer = self.storage(request).await?;
        let unreadable = answer.malformed();
        let made: Wire = answer.json()?;
        if made.name == name.as_str() {
            Ok(made.into())
        } else {
            Err(Error { cause: Cause::Mistaken, ..unreadable })
        }
    }

    /// Makes access to a bucket uniform and private again.
    #[boxed]
    pub async fn make_private(&self, name: &BucketName) -> Result<(), Error> {
        let body = access();
        let request = |at: &Transport| {
            at.patch(BUCKET).segment(name.as_str()).body(body.clone()).repeatable()
        };
        self.storage(request).await?.check_empty_or_json()
    }

    /// Deletes the owner's bucket, if it exists.
    ///
    /// # Errors
    ///
    /// [`Conflict::NotEmpty`] for one with objects; those of [`Self::bucket`].
    #[boxed]
    pub async fn delete_bucket(&self, name: &BucketName, owner: &Owner) -> Result<(), Error> {
        if self.bucket(name, owner).await?.is_none() {
            return Ok(());
        }
        let request = |at: &Transport| at.delete(BUCKET).segment(name.as_str()).repeatable();
        match optional(self.storage(request).await) {
            Ok(Some(answer)) => answer.check_empty_or_json(),
            Ok(None) => Ok(()),
            Err(error) if error.is_conflict() => {
                Err(Error { cause: Cause::Conflict(Conflict::NotEmpty), ..error })
            }
            Err(error) => Err(error),
        }
    }
}

fn access() -> Value {
    json!({
        "iamConfiguration": {
            "uniformBucketLevelAccess": { "enabled": true },
            "publicAccessPrevention": "enforced",
        },
    })
}

fn labels(owner: &Owner) -> Value {
    json!({ "managed-by": MANAGED_BY, "workspace": owner.as_str() })
}
