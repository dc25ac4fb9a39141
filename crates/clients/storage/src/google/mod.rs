//! Google Cloud: service accounts (IAM, version 1), and buckets and HMAC keys (Cloud Storage's JSON API,
//! version 1).

mod bucket_policy;
mod buckets;
mod client;
mod error_answers;
mod hmac_keys;
mod objects;
mod service_accounts;

pub use buckets::{Bucket, Privacy};
pub use client::{GoogleConfig, GoogleStorage, SCOPE};
pub use error_answers::is_unsettled;
pub use hmac_keys::{HmacKey, KeyState, NewKey};
pub use service_accounts::Account;
