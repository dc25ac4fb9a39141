//! Google Cloud: service accounts (IAM, version 1), and buckets and HMAC keys (Cloud Storage's JSON API,
//! version 1).

mod bucket_policy;
mod buckets;
mod client;
mod hmac_keys;
mod objects;
mod refusal;
mod service_accounts;

pub use buckets::{Bucket, Privacy};
pub use client::{GoogleConfig, GoogleStorage, SCOPE};
pub use hmac_keys::{HmacKey, KeyState, NewKey};
pub use refusal::is_unsettled;
pub use service_accounts::Account;
