//! A form with one file, as browsers send it (RFC 7578). Read strictly: ambiguous forms are refused.
//!
//! It is a reader of our own because the libraries accept whatever can be read in some way. multer 3.1 has no limit
//! for the headers of a part, takes the last of two `Content-Disposition`, finds `name=` within a file's name, and
//! drops the bytes before the first part and after the last. actix-multipart 0.8 limits headers only together with
//! all that it buffers, follows the `Content-Length` of a part, and reads nothing after the last one.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use covibe_dispatch::HeldBody;
use covibe_domain::Failure;
use covibe_photos::MAX_UPLOAD;

use crate::buffered_body::{Body, BodyLimit};

/// The maximum size of everything in the form but the file.
const MAX_REST: usize = 8 * 1024;

/// The maximum size of a part's headers.
const MAX_HEADERS: usize = 1024;

/// The bounds of the form.
const LIMIT: BodyLimit = BodyLimit {
    noun: "photo",
    most: MAX_UPLOAD + MAX_REST,
    size: "2 MiB",
    hint: "Choose a smaller one.",
    within: Duration::from_mins(1),
};

/// The fields of the form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Upload {
    /// The CSRF token.
    pub(super) csrf: String,
    /// The file.
    pub(super) photo: Bytes,
}

/// Reads the form. Its bytes count until the second value is dropped.
///
/// # Errors
///
/// Invalid for another form, too large above 2 MiB, limited if other bodies take too much memory, a timeout after a
/// minute.
pub(super) async fn read_upload(
    request: &HttpRequest,
    payload: Payload,
    held: HeldBody,
) -> Result<(Upload, HeldBody), Failure> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = kind.and_then(boundary).ok_or_else(other_form)?;
    let Body { bytes, held } = LIMIT.read(request, payload, held).await?;
    let upload = upload(&bytes, boundary).ok_or_else(other_form)?;
    Ok((upload, held))
}

/// Returns the separator of the parts.
fn boundary(kind: &str) -> Option<&str> {
    let (kind, boundary) = kind.split_once(';')?;
    let boundary = boundary.trim().strip_prefix("boundary=")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_'()+,./:=?".contains(&byte);
    let is_one = (1..=70).contains(&boundary.len()) && boundary.bytes().all(plain);
    (kind.trim().eq_ignore_ascii_case("multipart/form-data") && is_one).then_some(boundary)
}

/// Returns the fields `csrf` and `photo` of a form that has these two, each once.
fn upload(body: &Bytes, boundary: &str) -> Option<Upload> {
    let (mut csrf, mut photo) = (None, None);
    let separator = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(&separator.as_bytes()[2..])?;
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, separator.as_bytes())?;
        let (name, content) = field(&part[..end])?;
        let before = match name {
            "csrf" => csrf.replace(str::from_utf8(content).ok()?.to_owned()).is_some(),
            "photo" => photo.replace(body.slice_ref(content)).is_some(),
            _ => true,
        };
        if before {
            return None;
        }
        rest = &part[end + separator.len()..];
    }
    (rest == b"--" || rest == b"--\r\n").then_some(())?;
    Some(Upload { csrf: csrf?, photo: photo? })
}

/// Returns the name and the content of a part.
fn field(part: &[u8]) -> Option<(&str, &[u8])> {
    let end = find(&part[..part.len().min(MAX_HEADERS)], b"\r\n\r\n")?;
    let (headers, content) = (str::from_utf8(&part[..end]).ok()?, &part[end + 4..]);
    let mut disposition = None;
    for header in headers.split("\r\n") {
        let (name, value) = header.split_once(':')?;
        // A line that begins with a space would continue the one before.
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return None;
        }
        let is_it = name.eq_ignore_ascii_case("content-disposition");
        if is_it && disposition.replace(value.trim()).is_some() {
            return None;
        }
    }
    let name = disposition?.strip_prefix("form-data; name=\"")?.split_once('"')?.0;
    Some((name, content))
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn other_form() -> Failure {
    Failure::invalid("This URL accepts only a form with a photo.")
        .hint("Send it from your profile page.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn upload(body: impl AsRef<[u8]>, boundary: &str) -> Option<Upload> {
        super::upload(&Bytes::copy_from_slice(body.as_ref()), boundary)
    }

    fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, more, content) in parts {
            let head =
                format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--B--\r\n");
        body
    }

    const FILE: &str = "; filename=\"me.png\"\r\nContent-Type: image/png";

    #[test]
    fn reads_upload_forms_as_browsers_send_them() {
        let content = b"\x89PNG\r\n--b\r\n\0\xff\r\n";
        let body = form(&[("csrf", "", b"proof"), ("photo", FILE, content)]);
        let expected = Upload { csrf: "proof".to_owned(), photo: Bytes::from_static(content) };
        assert_eq!(upload(&body, "B"), Some(expected));
        let other = form(&[("photo", FILE, b""), ("csrf", "", b"")]);
        assert_eq!(upload(&other, "B"), Some(Upload::default()));
    }

    #[test]
    fn refuses_forms_with_missing_repeated_or_additional_parts() {
        let (csrf, photo) = (("csrf", "", &b"a"[..]), ("photo", FILE, &b"b"[..]));
        let whole = form(&[csrf, photo]);
        for parts in [&[][..], &[csrf], &[photo], &[csrf, csrf, photo], &[csrf, photo, photo]] {
            assert_eq!(upload(form(parts), "B"), None);
        }
        assert_eq!(upload(form(&[csrf, photo, ("name", "", b"x")]), "B"), None);
        assert_eq!(upload(&whole, "C"), None);
        assert_eq!(upload([b"preamble\r\n", &whole[..]].concat(), "B"), None);
        assert_eq!(upload([&whole[..], b"epilogue"].concat(), "B"), None);
        for end in 0..whole.len() - 2 {
            assert_eq!(upload(&whole[..end], "B"), None, "{end}");
        }
    }

    /// Returns a form with a token, and a photo with these headers.
    fn with_headers(headers: &str) -> Vec<u8> {
        let csrf = "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\na\r\n";
        format!("{csrf}--B\r\n{headers}\r\n\r\nb\r\n--B--\r\n").into_bytes()
    }

    const PHOTO: &str = "Content-Disposition: form-data; name=\"photo\"; filename=\"a.png\"";

    #[test]
    fn reads_headers_in_any_order_and_case() {
        for headers in [
            PHOTO,
            &format!("{PHOTO}\r\nContent-Type: image/png"),
            &format!("Content-Type: image/png\r\n{}", PHOTO.replace("Content-D", "content-d")),
            // A length that a part states of itself is ignored.
            &format!("Content-Length: 100\r\n{PHOTO}"),
        ] {
            let read = upload(with_headers(headers), "B");
            assert_eq!(
                read.map(|upload| upload.photo),
                Some(Bytes::from_static(b"b")),
                "{headers}"
            );
        }
    }

    #[test]
    fn refuses_headers_that_can_be_read_in_two_ways() {
        let photo = "form-data; name=\"photo\"";
        for headers in [
            "",
            "Content-Type: image/png",
            "Content-Disposition",
            &format!("{PHOTO}\r\n{PHOTO}"),
            &format!("{PHOTO}\r\ncontent-disposition: form-data; name=\"csrf\""),
            &format!("{PHOTO}\r\nno header"),
            &format!("{PHOTO}\r\n folded: no"),
            &format!("Content-Disposition: attachment; {}", &photo[11..]),
            "Content-Disposition: form-data; filename=\"; name=\"; name=\"photo\"",
            "Content-Disposition: form-data; name=photo",
            "Content-Disposition: form-data; name=\"photo",
            &PHOTO.replace("photo", "pho\\\"to"),
        ] {
            assert_eq!(upload(with_headers(headers), "B"), None, "{headers}");
        }
    }

    #[test]
    fn refuses_large_headers_and_many_parts() {
        let filler = |length| format!("{PHOTO}\r\nX-Filler: {}", "a".repeat(length));
        assert!(upload(with_headers(&filler(MAX_HEADERS / 2)), "B").is_some());
        for length in [MAX_HEADERS, MAX_UPLOAD] {
            assert_eq!(upload(with_headers(&filler(length)), "B"), None);
        }
        let many = ["--B\r\n\r\n\r\n", "--B\r\n", "--B\r\nA: b\r\n\r\n\r\n"];
        for part in many {
            let whole = form(&[("csrf", "", b"a"), ("photo", FILE, b"b")]);
            let many = [part.repeat(100_000).as_bytes(), &whole].concat();
            assert_eq!(upload(&many, "B"), None);
        }
    }

    /// A form within the file has a boundary of its own. One that begins as the outer one does ends the file.
    #[test]
    fn a_form_inside_the_photo_is_read_as_content_unless_it_has_the_same_boundary() {
        let inner =
            b"--C\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nforged\r\n--C--\r\n";
        let body = form(&[("csrf", "", b"own"), ("photo", FILE, inner)]);
        let expected = Upload { csrf: "own".to_owned(), photo: Bytes::from_static(inner) };
        assert_eq!(upload(&body, "B"), Some(expected));
        for inner in [&b"\r\n--BB\r\n"[..], b"\r\n--B", b"\r\n--B-", b"\r\n--B--", b"\r\n--B \r\n"]
        {
            let body = form(&[("csrf", "", b"own"), ("photo", FILE, inner)]);
            assert_eq!(upload(&body, "B"), None, "{inner:?}");
        }
    }

    #[test]
    fn refuses_two_forms_in_one_body() {
        let whole = form(&[("csrf", "", b"a"), ("photo", FILE, b"b")]);
        assert_eq!(upload([&whole[..], &whole].concat(), "B"), None);
        assert_eq!(upload([b"--B--\r\n", &whole[..]].concat(), "B"), None);
        assert_eq!(upload(b"--B--\r\n", "B"), None);
    }

    #[test]
    fn refuses_quoted_or_long_boundaries() {
        assert_eq!(
            boundary("multipart/form-data; boundary=----WebKitFormBoundaryX"),
            Some("----WebKitFormBoundaryX")
        );
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        for other in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "text/plain; boundary=a",
            "multipart/form-data; boundary=a b",
            "multipart/form-data; boundary=\"a\"",
            &long,
        ] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_photo_content_arrives_unchanged(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assume!(find(&content, b"\r\n--B").is_none());
            let body = form(&[("csrf", "", b"x"), ("photo", FILE, &content)]);
            prop_assert_eq!(upload(&body, "B").map(|upload| upload.photo), Some(content.into()));
        }

        #[test]
        fn any_body_is_read_or_refused_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _read_or_refused = upload(&body, "B");
            let _read_or_refused = upload([b"--B\r\n", &body[..]].concat(), "B");
        }
    }
}
