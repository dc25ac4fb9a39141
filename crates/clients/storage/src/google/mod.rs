//! Google Cloud: service accounts (IAM, version 1), and buckets and HMAC keys (Cloud Storage's JSON API,
//! version 1).

mod accounts;
mod buckets;
mod client;
mod keys;
mod objects;
mod policy;
mod refusal;

pub use accounts::Account;
pub use buckets::{Bucket, Privacy};
pub use client::{GoogleConfig, GoogleStorage, SCOPE};
pub use keys::{HmacKey, KeyState, NewKey};
pub use refusal::is_unsettled;
