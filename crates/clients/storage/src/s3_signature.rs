//! Signatures of requests to S3: AWS Signature Version 4, in the `Authorization` header.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use covibe_domain::{Secret, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha2::{Digest as _, Sha256};
use url::Url;

/// The characters that are encoded: all but RFC 3986's unreserved characters.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The same in a path, whose slashes stay.
const PATH: AsciiSet = UNRESERVED.remove(b'/');

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The service that a signature is for.
const SERVICE: &str = "s3";

/// The last text from which a signature's key is derived.
const TERMINATOR: &str = "aws4_request";

/// An S3 key: its id, which is not secret, and its secret.
#[derive(Clone, Debug)]
pub struct S3Key {
    /// The id, of visible ASCII characters without `/`.
    pub access_key_id: String,
    /// The secret.
    pub secret: Secret,
}

/// A request that is signed: its method, its address with the query, and its body.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The address, whose path and query are signed as a server decodes them.
    pub url: &'a Url,
    /// The body.
    pub body: &'a [u8],
}

/// Returns the headers that sign a request at a time, by their names in lower case.
///
/// They are valid for a quarter of an hour around that time.
pub fn sign(
    request: SignedRequest<'_>,
    key: &S3Key,
    region: &str,
    now: SystemTime,
) -> Vec<(&'static str, Secret)> {
    let (day, moment) = times(now);
    let digest = hex::encode(Sha256::digest(request.body));
    let headers =
        format!("host:{}\nx-amz-content-sha256:{digest}\nx-amz-date:{moment}\n", host(request.url));
    let names = "host;x-amz-content-sha256;x-amz-date";
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{digest}",
        request.method,
        path(request.url),
        query(request.url),
    );
    let scope = format!("{day}/{region}/{SERVICE}/{TERMINATOR}");
    let canonical = hex::encode(Sha256::digest(canonical.as_bytes()));
    let text = format!("{ALGORITHM}\n{moment}\n{scope}\n{canonical}");
    let first = format!("AWS4{}", key.secret.expose()).into_bytes();
    let derived = [day.as_str(), region, SERVICE, TERMINATOR, &text];
    let signature = derived.into_iter().fold(first, |key, part| mac(&key, part));
    let credential = format!("{}/{scope}", key.access_key_id);
    let authorization = format!(
        "{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={}",
        hex::encode(signature)
    );
    vec![
        ("authorization", Secret::new(authorization)),
        ("x-amz-content-sha256", Secret::new(digest)),
        ("x-amz-date", Secret::new(moment)),
    ]
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // Keys may have any length, so this does not fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Returns a time as `20260101` and as `20260101T000000Z`.
fn times(now: SystemTime) -> (String, String) {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let text = Timestamp::from_millis(millis).to_string();
    let plain = text.split(['.', 'Z']).next().unwrap_or_default().replace(['-', ':'], "");
    let day = plain.split('T').next().unwrap_or_default().to_owned();
    (day, format!("{plain}Z"))
}

fn host(url: &Url) -> String {
    let mut host = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        // Writing to a text cannot fail.
        let _ = write!(host, ":{port}");
    }
    host
}

fn path(url: &Url) -> String {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(url.path()).collect();
    percent_encode(&decoded, &PATH).to_string()
}

fn query(url: &Url) -> String {
    let encode = |text: &str| percent_encode(text.as_bytes(), &UNRESERVED).to_string();
    let sorted: BTreeMap<_, _> =
        url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    let pairs: Vec<_> = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The example `GET Bucket Lifecycle` of "Signature Calculations for the Authorization Header" in
    /// Amazon's API reference of S3.
    #[test]
    fn amazons_published_example_gets_the_published_signature() {
        let url = "https://examplebucket.s3.amazonaws.com/?lifecycle".parse().unwrap();
        let key = S3Key {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        };
        let request = SignedRequest { method: "GET", url: &url, body: b"" };
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(380_376);
        let headers = sign(request, &key, "us-east-1", now);
        assert_eq!(headers[2].1.expose(), "20130524T000000Z");
        let (_, signature) = headers[0].1.expose().rsplit_once('=').unwrap();
        let published = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
        assert_eq!(signature, published);
    }
}
