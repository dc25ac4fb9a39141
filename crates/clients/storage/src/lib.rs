//! Object storage, without any notion of tenants: at Google Cloud ([`GoogleStorage`]), where it makes buckets,
//! service accounts and HMAC keys, and at servers that speak S3 ([`S3Server`]), where somebody else made them.
//!
//! Everything at Google is marked with its [`Owner`], and nothing without that mark is taken over
//! or removed. A new account, key or bucket is not known everywhere at Google at once:
//! [`is_unsettled`] recognizes the refusals that may have that reason, and the caller decides how
//! long to wait.

mod bucket_names;
mod bucket_usage;
mod google;
mod s3_compatible;
mod s3_signature;

pub use bucket_names::{AccountId, BucketName, InvalidBucketName};
pub use bucket_usage::Usage;
pub use covibe_upstream::{
    Cause, ConfigError, Conflict, Effect, Error, InvalidOwner, Owner, Priority, Share,
};
pub use google::{
    Account, Bucket, GoogleConfig, GoogleStorage, HmacKey, KeyState, NewKey, Privacy, SCOPE,
    is_unsettled,
};
pub use s3_compatible::{S3Config, S3Server};
pub use s3_signature::{S3Key, SignedRequest, sign};
