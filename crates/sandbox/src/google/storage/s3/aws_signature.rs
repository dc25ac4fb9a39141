//! AWS Signature Version 4, in the `Authorization` header; signed addresses are not simulated.

use std::collections::BTreeMap;

use covibe_domain::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use ring::hmac;
use sha2::{Digest as _, Sha256};

use super::xml;
use crate::core::request_types::{Reply, Request};

/// The algorithm, with which the header begins.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The characters that are not encoded in a query.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The characters that are not encoded in a path.
const PATH: AsciiSet = UNRESERVED.remove(b'/');

/// The maximum difference between a request's time and now, in milliseconds.
const SKEW: i64 = 15 * 60 * 1000;

/// The digest of a body that is not signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The parts of the header.
pub(super) struct Signed {
    pub(super) access_key_id: String,
    day: String,
    region: String,
    names: Vec<String>,
    signature: String,
}

impl Signed {
    /// Reads the header.
    pub(super) fn from_request(request: &Request) -> Result<Self, Reply> {
        let malformed = || {
            let text = "The authorization header is malformed.";
            xml::error(400, "AuthorizationHeaderMalformed", text)
        };
        let header = request.authorization.as_deref().unwrap_or_default();
        let parts = header.strip_prefix(ALGORITHM).ok_or_else(malformed)?;
        let parts: BTreeMap<_, _> =
            parts.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let part = |name: &str| parts.get(name).copied().ok_or_else(malformed);
        let scope: Vec<_> = part("Credential")?.split('/').collect();
        let [id, day, region, "s3", "aws4_request"] = scope.as_slice() else {
            return Err(malformed());
        };
        let names: Vec<_> = part("SignedHeaders")?.split(';').map(str::to_owned).collect();
        if !names.iter().any(|name| name == "host") {
            return Err(malformed());
        }
        Ok(Self {
            access_key_id: (*id).to_owned(),
            day: (*day).to_owned(),
            region: (*region).to_owned(),
            names,
            signature: part("Signature")?.to_owned(),
        })
    }

    /// Checks the time, the body's digest and the signature.
    pub(super) fn verify(
        &self,
        request: &Request,
        secret: &str,
        now: Timestamp,
    ) -> Result<(), Reply> {
        let moment = request.header("x-amz-date");
        let is_now = read(moment).is_some_and(|at| (at - now.as_millis()).abs() <= SKEW);
        if !is_now || !moment.starts_with(&self.day) {
            let text = "The difference between the request time and the current time is too large.";
            return Err(xml::error(403, "RequestTimeTooSkewed", text));
        }
        let digest = request.header("x-amz-content-sha256");
        let is_streamed = digest.starts_with("STREAMING-");
        if digest != UNSIGNED
            && !is_streamed
            && digest != hex::encode(Sha256::digest(&request.body))
        {
            let text =
                "The provided 'x-amz-content-sha256' header does not match what was computed.";
            return Err(xml::error(400, "XAmzContentSHA256Mismatch", text));
        }
        let scope = format!("{}/{}/s3/aws4_request", self.day, self.region);
        let canonical = hex::encode(Sha256::digest(self.canonical(request).as_bytes()));
        let text = format!("{ALGORITHM}\n{moment}\n{scope}\n{canonical}");
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [&self.day, &self.region, "s3", "aws4_request", &text] {
            let signing = hmac::Key::new(hmac::HMAC_SHA256, &key);
            key = hmac::sign(&signing, part.as_bytes()).as_ref().to_vec();
        }
        if hex::encode(key) == self.signature {
            return Ok(());
        }
        let text = "The request signature we calculated does not match the signature you provided.";
        Err(xml::error(403, "SignatureDoesNotMatch", text))
    }

    fn canonical(&self, request: &Request) -> String {
        let path: Vec<u8> = percent_decode_str(&request.path).collect();
        let encode = |text: &str| percent_encode(text.as_bytes(), &UNRESERVED).to_string();
        let query: BTreeMap<_, _> =
            request.query.iter().map(|(name, value)| (encode(name), encode(value))).collect();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let header = |name: &String| {
            let value = request.header(name).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            format!("{name}:{value}\n")
        };
        format!(
            "{}\n{}\n{}\n{}\n{}\n{}",
            request.method,
            percent_encode(&path, &PATH),
            query.join("&"),
            self.names.iter().map(header).collect::<String>(),
            self.names.join(";"),
            request.header("x-amz-content-sha256"),
        )
    }
}

/// Reads `20260101T000000Z`, in milliseconds since 1970.
fn read(moment: &str) -> Option<i64> {
    let part = |from: usize, to: usize| moment.get(from..to);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    );
    Timestamp::parse(&text).map(Timestamp::as_millis)
}
