//! Service accounts (IAM), and buckets, their policies, HMAC keys and objects (Cloud Storage).
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | accounts, buckets, keys and objects, and since when they are known everywhere |
//! | `service_accounts` | the endpoints of IAM |
//! | `buckets` | the endpoints of buckets and of their objects |
//! | `bucket_policy` | the endpoints of a bucket's policy, with exact tags |
//! | `hmac_keys` | the endpoints of HMAC keys |
//! | `errors` | the refusals of IAM, and of an organisation's policy |
//! | `s3` | the address where S3 is spoken, whose requests are signed by HMAC keys |

mod bucket_policy;
mod buckets;
mod errors;
mod hmac_keys;
mod model;
pub(super) mod s3;
mod service_accounts;

use super::options::{PROJECT, Settings};
use crate::core::request_types::{ReplyResult, Request};
use crate::google::errors::no_route;

pub(super) use model::Storage;

/// The path that IAM is below.
pub(super) const IAM: &str = "/v1/";

/// The path that the JSON API of Cloud Storage is below.
pub(super) const JSON: &str = "/storage/v1/";

/// The scope that suffices for both APIs.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Answers a request below [`IAM`] or [`JSON`], after its token was checked.
pub(super) fn answer(storage: &mut Storage, settings: &Settings, request: &Request) -> ReplyResult {
    if settings.storage.api_disabled {
        return Err(errors::disabled());
    }
    let (method, segments) = request.route();
    match (method, segments.as_slice()) {
        (_, ["projects", project, "serviceAccounts", rest @ ..])
            if request.path.starts_with(IAM) =>
        {
            if *project != PROJECT || settings.storage.role_missing {
                return Err(errors::denied());
            }
            service_accounts::answer(storage, settings, request, rest)
        }
        (_, ["projects", PROJECT, "hmacKeys", rest @ ..]) => {
            hmac_keys::answer(storage, settings, request, rest)
        }
        (_, ["b", rest @ ..]) => match rest {
            [bucket, "iam"] => bucket_policy::answer(storage, settings, request, bucket),
            _ => buckets::answer(storage, settings, request, rest),
        },
        _ => Err(no_route()),
    }
}
