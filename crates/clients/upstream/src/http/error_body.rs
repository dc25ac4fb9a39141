//! The body of an error answer: JSON, or the XML of S3.

use serde_json::{Value, json};

/// Returns the body as JSON, or `None` if it is neither JSON nor the XML of S3. That XML,
/// `<Error><Code>NoSuchBucket</Code>…</Error>`, becomes `{"message": "NoSuchBucket"}`.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let json = serde_json::from_slice(body).ok();
    json.or_else(|| s3_code(body).map(|code| json!({ "message": code })))
}

fn s3_code(body: &[u8]) -> Option<&str> {
    let text = str::from_utf8(body).ok()?.trim_start();
    let text = match text.strip_prefix("<?xml") {
        Some(declared) => declared.split_once("?>")?.1.trim_start(),
        None => text,
    };
    let error = text.strip_prefix("<Error>")?;
    let code = error.split_once("<Code>")?.1.split_once("</Code>")?.0;
    code.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_json_or_the_xml_of_s3() {
        assert_eq!(read(br#"{"message":"no"}"#), Some(json!({ "message": "no" })));
        assert_eq!(read(b"null"), Some(Value::Null));
        let xml =
            b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>NoSuchBucket</Code></Error>";
        assert_eq!(read(xml), Some(json!({ "message": "NoSuchBucket" })));
        for other in ["", "<html><Code>x</Code></html>", "<Error><Code>a b</Code></Error>"] {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
