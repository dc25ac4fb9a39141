//! Where workspaces get buckets.

use covibe_upstream::KeyFile;
use url::Url;

use super::Reader;

/// Where buckets are by default: in Montréal.
const LOCATION: &str = "NORTHAMERICA-NORTHEAST1";

/// The longest name of a location.
const LONGEST: usize = 63;

/// A Google Cloud project.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Its id.
    pub project: String,
    /// Where its buckets are made.
    pub location: String,
    /// The key of the service account; that of the machine without one.
    pub key_file: Option<KeyFile>,
    /// The address of Cloud Storage instead of Google's own; apps get it, too.
    pub url: Option<Url>,
    /// The address of IAM instead of Google's own.
    pub iam_url: Option<Url>,
    /// The maximum number of buckets of a tenant, if it is not the default.
    pub buckets_per_tenant: Option<u64>,
}

impl Storage {
    /// Returns a project whose buckets are where they are by default.
    pub fn new(project: String) -> Self {
        let location = LOCATION.to_owned();
        Self {
            project,
            location,
            key_file: None,
            url: None,
            iam_url: None,
            buckets_per_tenant: None,
        }
    }
}

impl Reader<'_> {
    /// Reads the project of buckets. That of the key file is not taken: the account may be of another one.
    pub(crate) fn storage(&mut self) -> Option<Storage> {
        let url = self.loopback_or_https("COVIBE_STORAGE_API_URL");
        let iam_url = self.loopback_or_https("COVIBE_STORAGE_IAM_API_URL");
        let location = self.text("COVIBE_STORAGE_LOCATION");
        let buckets_per_tenant = self.number("COVIBE_STORAGE_BUCKETS_PER_TENANT", 1..=1_000);
        let Some(project) = self.google_project("COVIBE_STORAGE_PROJECT") else {
            let others = [
                ("COVIBE_STORAGE_API_URL", url.is_some()),
                ("COVIBE_STORAGE_IAM_API_URL", iam_url.is_some()),
                ("COVIBE_STORAGE_LOCATION", location.is_some()),
                ("COVIBE_STORAGE_BUCKETS_PER_TENANT", buckets_per_tenant.is_some()),
            ];
            let (name, _) = others.into_iter().find(|(_, is_set)| *is_set)?;
            return self.require(None, "COVIBE_STORAGE_PROJECT", &format!("{name} is set"));
        };
        let location =
            location.map_or_else(|| LOCATION.to_owned(), |text| text.to_ascii_uppercase());
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if location.len() > LONGEST || !location.bytes().all(is_plain) {
            let expected = "a Cloud Storage location, like NORTHAMERICA-NORTHEAST1";
            self.mistakes.push(format!("COVIBE_STORAGE_LOCATION: expected {expected}"));
        }
        let key_file = self.key_file();
        Some(Storage { project, location, key_file, url, iam_url, buckets_per_tenant })
    }
}
