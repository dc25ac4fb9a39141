//! A simulated Google Cloud, a client of it, and an S3 client.

use std::time::{Duration, SystemTime};

use covibe_sandbox::google::{self, Cloud, Collection, Options, Settings, StorageSettings};
use covibe_storage::{
    Account, BucketName, Error, GoogleConfig, GoogleStorage, NewKey, Owner, S3Config, S3Key,
    S3Server, SCOPE, SignedRequest, is_unsettled, sign,
};
use covibe_upstream::{Credentials, Expiry, GoogleAuth, GoogleSettings, KeyFile, Rate};

/// The timeout of an attempt that does not expire by hand.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const LOCATION: &str = "NORTHAMERICA-NORTHEAST1";

pub(crate) struct World {
    pub(crate) cloud: Cloud,
    pub(crate) client: GoogleStorage,
    pub(crate) owner: Owner,
}

impl World {
    /// A project where new resources are known everywhere at once.
    pub(crate) async fn new() -> Self {
        Self::with_storage(StorageSettings { lag: Duration::ZERO, ..StorageSettings::default() })
            .await
    }

    pub(crate) async fn with_storage(storage: StorageSettings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = Settings { storage, ..Settings::default() };
        let cloud = google::start(Options { settings }).await.unwrap();
        let client = client(&cloud, "covibe-sandbox", Expiry::default());
        Self { cloud, client, owner: Owner::new("ws_1").unwrap() }
    }

    pub(crate) fn set(&self, storage: StorageSettings) {
        self.cloud.set(Settings { storage, ..Settings::default() });
    }

    pub(crate) async fn account(&self) -> Account {
        self.client.create_account(&self.owner).await.unwrap()
    }

    pub(crate) async fn bucket(&self) -> BucketName {
        let name = BucketName::random("acme").unwrap();
        self.client.create_bucket(&name, LOCATION, &self.owner).await.unwrap();
        name
    }

    /// A bucket, and a key of an account that may use it.
    pub(crate) async fn ready(&self) -> (BucketName, NewKey) {
        let (account, bucket) = (self.account().await, self.bucket().await);
        self.client.grant(&bucket, &account).await.unwrap();
        (bucket, self.client.create_key(&account).await.unwrap())
    }

    pub(crate) fn names(&self, collection: Collection) -> Vec<String> {
        self.cloud.names(collection)
    }

    /// Sends a request of S3, and returns its status and its body.
    pub(crate) async fn s3(
        &self,
        (method, path): (&str, &str),
        key: &S3Key,
        body: &'static str,
        further: &[(&'static str, &'static str)],
    ) -> (u16, String) {
        let url = format!("{}{path}", self.cloud.url).parse().unwrap();
        let signed = SignedRequest { method, url: &url, body: body.as_bytes() };
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let mut request = http.request(method.parse().unwrap(), url.clone()).body(body);
        for (name, value) in sign(signed, key, "auto", SystemTime::now()) {
            request = request.header(name, value.expose());
        }
        for (name, value) in further {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

pub(crate) fn s3_key(key: &NewKey) -> S3Key {
    S3Key { access_key_id: key.access_id.clone(), secret: key.secret.clone() }
}

pub(crate) fn server(cloud: &Cloud, bucket: &BucketName, key: S3Key) -> S3Server {
    let endpoint = cloud.url.parse().unwrap();
    S3Server::new(S3Config::new(endpoint, "us-east-1", bucket.clone(), key)).unwrap()
}

pub(crate) fn client(cloud: &Cloud, project: &str, expiry: Expiry) -> GoogleStorage {
    GoogleStorage::new(config(cloud, project, expiry)).unwrap()
}

pub(crate) fn config(cloud: &Cloud, project: &str, expiry: Expiry) -> GoogleConfig {
    let key_file = KeyFile::parse(&google::key_file(cloud)).unwrap();
    let credentials = Credentials::KeyFile(key_file);
    let auth = GoogleAuth::new(credentials, SCOPE, GoogleSettings::default()).unwrap();
    let mut config = GoogleConfig::new(project, auth).unwrap();
    (config.iam, config.storage) = (cloud.url.parse().unwrap(), cloud.url.parse().unwrap());
    config.rate = Rate { per_minute: 60_000, burst: 1000 };
    (config.expiry, config.timeout) = (expiry, PATIENCE);
    config
}

/// Asserts that a refusal may mean that the resource is too new.
pub(crate) fn assert_unsettled<T>(outcome: Result<T, Error>) {
    assert!(outcome.is_err_and(|error| is_unsettled(&error)));
}
