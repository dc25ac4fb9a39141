//! Cloud Storage's interface for S3, in path style: `/{bucket}/{object}`.
//!
//! Requests have to be signed by an active HMAC key whose account has the right. Parts of S3 that Google does not
//! support are refused as Google does: chunks with trailers and CRC32, which newer SDKs send by default
//! (aws-sdk-java-v2 issue 5987).
//!
//! | module | content |
//! |---|---|
//! | `bucket_access` | kinds of access, and the roles that allow them |
//! | `aws_signature` | AWS Signature Version 4, in the `Authorization` header |
//! | `objects` | operations on buckets and objects |
//! | `xml` | the answers |

mod aws_signature;
mod bucket_access;
mod objects;
mod xml;

use super::model::{HmacKeyState, Storage};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::google::options::Settings;

/// Returns whether a request is one of S3.
pub(in crate::google) fn is_signed(request: &Request) -> bool {
    let header = request.authorization.as_deref().unwrap_or_default();
    header.starts_with(aws_signature::ALGORITHM)
}

/// Answers a request of S3.
pub(in crate::google) fn answer(
    storage: &mut Storage,
    settings: &Settings,
    request: &Request,
) -> ReplyResult {
    let email = caller(storage, settings, request)?;
    if sends_checksums(request) {
        let text = "The request signature we calculated does not match the signature you provided.";
        return Err(xml::error(403, "SignatureDoesNotMatch", text));
    }
    objects::answer(storage, request, &email)
}

/// Returns the account whose key signed the request.
fn caller(storage: &Storage, settings: &Settings, request: &Request) -> Result<String, Reply> {
    let signed = aws_signature::Signed::from_request(request)?;
    let key = storage.keys.iter().find(|key| key.access_id == signed.access_key_id);
    let known = key.filter(|key| {
        key.state == HmacKeyState::Active && storage.is_settled(key.made, settings.storage.lag)
    });
    let Some(key) = known else {
        let text = "The AWS Access Key Id you provided does not exist in our records.";
        return Err(xml::error(403, "InvalidAccessKeyId", text));
    };
    signed.verify(request, &key.secret, storage.clock.timestamp_at(storage.clock.now()))?;
    Ok(key.email.clone())
}

/// Returns whether a request has checksums that Google's S3 refuses and newer SDKs send by default.
fn sends_checksums(request: &Request) -> bool {
    let has = |name: &str| !request.header(name).is_empty();
    request.header("content-encoding").contains("aws-chunked")
        || request.header("x-amz-content-sha256").starts_with("STREAMING-")
        || ["x-amz-trailer", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-crc32"]
            .into_iter()
            .any(has)
}
