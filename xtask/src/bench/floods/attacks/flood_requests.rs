//! The requests of the clients of a flood.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use crate::bench::measured_programs::Server;
use crate::http_client::{self, Connection};

/// The path of the form for a photo.
const PHOTO: &str = "/console/settings/profile/photo";

/// The width and the height of the largest photo that is decoded.
const SIDE: usize = 2048;

/// Returns a request to sign in as somebody whom nobody knows.
pub(super) fn sign_in(authority: &str, who: &str) -> Vec<u8> {
    form(authority, &format!("email={who}%40example.com&password=not-this-one-1234"))
}

/// Returns a form of this size in bytes.
pub(super) fn long_form(authority: &str, size: usize) -> Vec<u8> {
    form(authority, &format!("email={}", "x".repeat(size - 6)))
}

fn form(authority: &str, body: &str) -> Vec<u8> {
    let head = "Content-Type: application/x-www-form-urlencoded\r\n";
    request(authority, "/auth/sign-in", head, body.as_bytes())
}

fn request(authority: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Returns a delivery that is signed with another secret than that of the hook that it names.
pub(super) fn foreign_delivery(authority: &str) -> Vec<u8> {
    let (zeros, commit) = ("0".repeat(64), "a1".repeat(20));
    let headers = format!(
        "Content-Type: application/json\r\nX-Gitea-Event: push\r\nX-Hub-Signature-256: sha256={zeros}\r\n"
    );
    let body = format!(
        "{{\"ref\":\"refs/heads/main\",\"before\":\"{commit}\",\"after\":\"{commit}\",\"commits\":[\"{}\"],\
         \"repository\":{{\"id\":1,\"name\":\"a\",\"owner\":{{\"id\":1,\"login\":\"a\"}}}}}}",
        "x".repeat(5000)
    );
    request(authority, "/api/hooks/gitea?key=0123456789abcdef", &headers, body.as_bytes())
}

/// Returns requests for the script of the pages, one after the other.
pub(super) async fn script(server: &Server, count: usize) -> Result<Vec<u8>> {
    let (_, page) = server.get("/auth/sign-in").await?;
    let page = String::from_utf8_lossy(&page).into_owned();
    let path = between(&page, "src=\"/assets/", "\"").context("no script on the page")?;
    Ok(http_client::get(&server.said.authority, &format!("/assets/{path}")).repeat(count))
}

/// Returns the upload of a photo by the person of the sandbox.
pub(super) async fn photo(server: &Server, content: &[u8]) -> Result<Vec<u8>> {
    let authority = &server.said.authority;
    let mut connection = Connection::open(authority).await?;
    let signed_in = connection.call(&http_client::get(authority, &server.said.sign_in)).await?;
    let cookie = between(signed_in.head, "set-cookie: ", ";").context("no session")?.to_owned();
    let page = format!(
        "GET /console/settings/profile HTTP/1.1\r\nHost: {authority}\r\nCookie: {cookie}\r\n\r\n"
    );
    let page = connection.call(page.as_bytes()).await?.body.to_vec();
    let page = String::from_utf8_lossy(&page).into_owned();
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"").context("no token on the page")?;
    let start = format!(
        "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--B\r\n\
         Content-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n"
    );
    let body = [start.as_bytes(), content, b"\r\n--B--\r\n"].concat();
    let headers = format!("Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=B\r\n");
    Ok(request(authority, PHOTO, &headers, &body))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// Returns a PNG of one color, of the largest size that is decoded and some kilobytes.
pub(super) fn png() -> Result<Vec<u8>> {
    let side = u32::try_from(SIDE)?.to_be_bytes();
    // Eight bits of each of red, green, blue and opacity.
    let header = [&side[..], &side, &[8, 6, 0, 0, 0]].concat();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
    pixels.write_all(&vec![0; SIDE * (1 + 4 * SIDE)])?;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in
        [(*b"IHDR", header), (*b"IDAT", pixels.finish()?), (*b"IEND", Vec::new())]
    {
        let checked = [&kind[..], &content].concat();
        let mut crc = Crc::new();
        crc.update(&checked);
        png.extend(u32::try_from(content.len())?.to_be_bytes());
        png.extend(checked);
        png.extend(crc.sum().to_be_bytes());
    }
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_png_is_small_and_the_form_has_the_requested_size() {
        let png = png().unwrap();
        assert!(
            png.len() < 100_000
                && png.starts_with(b"\x89PNG")
                && png.ends_with(b"\xae\x42\x60\x82")
        );
        let form = String::from_utf8(long_form("127.0.0.1:1", 16_000)).unwrap();
        assert_eq!(form.split_once("\r\n\r\n").unwrap().1.len(), 16_000);
        assert_eq!(between("a=b;c", "a=", ";"), Some("b"));
    }
}
