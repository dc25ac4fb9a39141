//! The answers of S3.

use crate::core::request_types::{Body, Reply};

/// The first line of every document.
const HEAD: &str = "<?xml version='1.0' encoding='UTF-8'?>";

/// The namespace of listings.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Returns a refusal.
pub(super) fn error(status: u16, code: &str, text: &str) -> Reply {
    let text = format!("<Error><Code>{code}</Code><Message>{}</Message></Error>", escaped(text));
    document(status, &text)
}

/// Returns a listing: the names of objects with their sizes and MD5 digests, and the token of the next page.
pub(super) fn listing(
    bucket: &str,
    objects: &[(String, usize, String)],
    next: Option<usize>,
) -> Reply {
    let content = |(name, size, md5): &(String, usize, String)| {
        format!(
            "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
             <ETag>\"{md5}\"</ETag><Size>{size}</Size></Contents>",
            escaped(name)
        )
    };
    let contents: String = objects.iter().map(content).collect();
    let next = next.map(|next| format!("<NextContinuationToken>{next}</NextContinuationToken>"));
    let text = format!(
        "<ListBucketResult xmlns='{NAMESPACE}'><Name>{bucket}</Name><Prefix></Prefix>\
         <KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>{contents}{}</ListBucketResult>",
        objects.len(),
        next.is_some(),
        next.unwrap_or_default()
    );
    document(200, &text)
}

fn document(status: u16, text: &str) -> Reply {
    let bytes = format!("{HEAD}{text}").into_bytes();
    let body = Body::Bytes("application/xml; charset=UTF-8".to_owned(), bytes);
    Reply { status, headers: Vec::new(), body }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
