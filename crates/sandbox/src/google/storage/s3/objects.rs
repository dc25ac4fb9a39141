//! Operations on buckets and objects over S3.

use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;

use super::bucket_access::Access;
use super::xml;
use crate::core::request_types::{Body, Reply, ReplyResult, Request};
use crate::google::storage::model::{Bucket, Object, Storage};

/// The maximum number of objects of a page.
const PAGE: usize = 1000;

/// Answers a request of this account.
pub(super) fn answer(storage: &mut Storage, request: &Request, email: &str) -> ReplyResult {
    let path = request.path.strip_prefix('/').unwrap_or_default();
    let (bucket, name) = path.split_once('/').unwrap_or((path, ""));
    let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
    let method = request.method.as_str();
    let is_of_bucket = name.is_empty();
    let wanted = if is_of_bucket && method == "HEAD" { Access::Bucket } else { Access::Objects };
    let found = storage.bucket(bucket).ok_or_else(|| no_bucket(method))?;
    if !is_allowed(found, email, wanted) {
        return Err(xml::error(403, "AccessDenied", "Access denied."));
    }
    match (method, is_of_bucket) {
        ("HEAD", true) => Ok(Reply::empty(200)),
        ("GET", true) => Ok(list(found, request)),
        ("PUT", false) => Ok(put(found, &name, request)),
        ("GET" | "HEAD", false) => get(found, &name, method),
        ("DELETE", false) => {
            found.objects.remove(&name);
            Ok(Reply::empty(204))
        }
        _ => Err(xml::error(405, "MethodNotAllowed", "The method is not allowed.")),
    }
}

fn no_bucket(method: &str) -> Reply {
    match method {
        "HEAD" => Reply::empty(404),
        _ => xml::error(404, "NoSuchBucket", "The specified bucket does not exist."),
    }
}

fn is_allowed(bucket: &Bucket, email: &str, wanted: Access) -> bool {
    let member = format!("serviceAccount:{email}");
    bucket.bindings.iter().any(|binding| {
        let role = binding["role"].as_str().unwrap_or_default();
        let mut members = binding["members"].as_array().into_iter().flatten();
        wanted.roles().contains(&role) && members.any(|one| *one == member.as_str())
    })
}

fn list(bucket: &Bucket, request: &Request) -> Reply {
    let prefix = request.query.get("prefix").map_or("", String::as_str);
    let start = request.number("continuation-token").unwrap_or(0);
    let size = request.number("max-keys").unwrap_or(PAGE).clamp(1, PAGE);
    let all = bucket.objects.iter().filter(|(name, _)| name.starts_with(prefix));
    let all: Vec<_> =
        all.map(|(name, object)| (name.clone(), object.bytes.len(), object.md5.clone())).collect();
    let page: Vec<_> = all.iter().skip(start).take(size).cloned().collect();
    let next = (start + size < all.len()).then_some(start + size);
    xml::listing(&bucket.name, &page, next)
}

fn put(bucket: &mut Bucket, name: &str, request: &Request) -> Reply {
    let md5 = hex::encode(Md5::digest(&request.body));
    let media_type = Some(request.header("content-type")).filter(|text| !text.is_empty());
    let media_type = media_type.unwrap_or("binary/octet-stream").to_owned();
    let object = Object { bytes: request.body.clone(), media_type, md5: md5.clone() };
    bucket.objects.insert(name.to_owned(), object);
    Reply::empty(200).header("ETag", &format!("\"{md5}\""))
}

fn get(bucket: &Bucket, name: &str, method: &str) -> ReplyResult {
    let Some(object) = bucket.objects.get(name) else {
        return Err(match method {
            "HEAD" => Reply::empty(404),
            _ => xml::error(404, "NoSuchKey", "The specified key does not exist."),
        });
    };
    let bytes = object.bytes.clone();
    let body = Body::Bytes(object.media_type.clone(), bytes);
    let headers = vec![("ETag", format!("\"{}\"", object.md5))];
    Ok(Reply { status: 200, headers, body })
}
