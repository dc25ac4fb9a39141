//! An S3 client that has nothing but the variables of an app.

use std::collections::BTreeMap;
use std::time::SystemTime;

use covibe_domain::{Secret, boxed};
use covibe_storage::{S3Key, SignedRequest, sign};

use crate::http_client;

/// An S3 client, in path style.
pub struct S3Client {
    endpoint: String,
    region: String,
    bucket: String,
    key: S3Key,
}

impl S3Client {
    /// Returns the client that an app would have with these variables.
    ///
    /// # Panics
    /// One of them is missing.
    pub fn from_variables(variables: &BTreeMap<String, String>, prefix: &str) -> Self {
        let get = |name: &str| {
            let value = variables.get(&format!("{prefix}{name}"));
            value.unwrap_or_else(|| panic!("no {prefix}{name}")).clone()
        };
        assert_eq!(get("FORCE_PATH_STYLE"), "true");
        let (access_key_id, secret) = (get("ACCESS_KEY_ID"), Secret::new(get("SECRET_ACCESS_KEY")));
        Self {
            endpoint: get("ENDPOINT"),
            region: get("REGION"),
            bucket: get("BUCKET"),
            key: S3Key { access_key_id, secret },
        }
    }

    /// Writes an object, and returns the status.
    #[boxed]
    pub async fn put(&self, name: &str, body: &str) -> u16 {
        self.send("PUT", name, body).await.0
    }

    /// Reads an object, and returns the status and the body.
    #[boxed]
    pub async fn get(&self, name: &str) -> (u16, String) {
        self.send("GET", name, "").await
    }

    /// Deletes an object, and returns the status.
    #[boxed]
    pub async fn delete(&self, name: &str) -> u16 {
        self.send("DELETE", name, "").await.0
    }

    async fn send(&self, method: &str, name: &str, body: &str) -> (u16, String) {
        let url = format!("{}/{}/{name}", self.endpoint, self.bucket);
        let url: reqwest::Url = url.parse().expect("a URL");
        let signed = SignedRequest { method, url: &url, body: body.as_bytes() };
        let http = http_client::client().build().expect("a client");
        let mut request = http.request(method.parse().expect("a method"), url.clone());
        for (name, value) in sign(signed, &self.key, &self.region, SystemTime::now()) {
            request = request.header(name, value.expose());
        }
        let answer = request.body(body.to_owned()).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }
}
