//! A photo that a person chooses in a browser: seen on the page, or refused in words there.

use std::io::Cursor;
use std::path::PathBuf;

use covibe_testkit_browser::Page;
use covibe_testkit_http::http_client;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use reqwest::Response;
use reqwest::header::COOKIE;

use super::{Site, is_sound};

const PROFILE: &str = "/console/settings/profile";

/// A text that no photo may contain that is served.
const SCRIPT: &str = "<script>alert(document.domain)</script>";

fn encode_image(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// A picture whose upper half is red and whose lower half is blue.
fn halves() -> RgbImage {
    RgbImage::from_fn(64, 64, |_, y| if y < 32 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

/// A JPEG whose metadata says that it is to be turned by 90° clockwise, and where it was taken.
fn turned_jpeg() -> Vec<u8> {
    let mut jpeg = encode_image(halves(), ImageFormat::Jpeg);
    // Big-endian TIFF: one entry, the orientation (0x0112), a short with the value 6.
    let tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 59.33N";
    let exif = [&b"Exif\0\0"[..], tiff].concat();
    let length = u16::try_from(exif.len() + 2).expect("a short").to_be_bytes();
    jpeg.splice(2..2, [&[0xff, 0xe1][..], &length, &exif].concat());
    jpeg
}

/// A person on the page with their profile, and a folder with the files that they have.
struct Uploader {
    page: Page,
    folder: tempfile::TempDir,
    origin: String,
}

impl Uploader {
    async fn open(site: &Site, email: &str) -> Self {
        let user = site.admin(&site.world.mark, email).await;
        let page = site.sign_in(&user).await;
        let folder = tempfile::tempdir().expect("a folder");
        Self { page, folder, origin: site.url("") }
    }

    /// Chooses a file of this name and content on the page, and sends the form.
    async fn upload(&mut self, name: &str, content: &[u8]) {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        self.page.goto(&format!("{}{PROFILE}", self.origin)).await;
        self.page.upload("#photo", &path).await;
        self.page.follow("form[action$='/profile/photo'] button").await;
    }

    /// Returns whether the page shows a photo, which is decoded.
    async fn is_shown(&self) -> bool {
        let script = "Promise.all([...document.querySelectorAll('main img')].map((each) => \
                      each.decode().then(() => each.naturalWidth === 256)))";
        let shown = self.page.evaluate(script).await;
        let shown = shown.as_array().expect("a list");
        !shown.is_empty() && shown.iter().all(|is_whole| *is_whole == true)
    }

    /// The photo as the server sends it to this person.
    async fn fetch_photo(&self) -> Response {
        let source = self.page.evaluate("document.querySelector('main img').src").await;
        let cookies = self.page.cookies().await;
        let session = cookies.iter().find(|it| it["name"] == "covibe_session").expect("a session");
        let session = format!("covibe_session={}", session["value"].as_str().expect("a text"));
        let client = http_client::client().build().expect("a client");
        let request = client.get(source.as_str().expect("an address")).header(COOKIE, session);
        request.send().await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_photo_is_shown_without_metadata_and_scripts() {
    let Some(site) = Site::open().await else { return };
    let mut ada = Uploader::open(&site, "ada@northwind.example").await;
    let png = encode_image(halves(), ImageFormat::Png);
    let polyglot = [&png[..], SCRIPT.as_bytes()].concat();
    for (name, file) in [("me.png", png), ("me.html", polyglot), ("me.jpg", turned_jpeg())] {
        ada.upload(name, &file).await;
        assert_eq!(ada.page.path().await, PROFILE, "{name}");
        assert!(ada.is_shown().await, "{name}");
        is_sound(&mut ada.page).await;
        let served = ada.fetch_photo().await;
        assert_eq!(served.status(), 200, "{name}");
        assert_eq!(served.headers()["x-content-type-options"], "nosniff");
        let kind = served.headers()["content-type"].to_str().expect("a text").to_owned();
        let bytes = served.bytes().await.expect("a photo");
        let format = image::guess_format(&bytes).expect("an image");
        assert_eq!(kind, format.to_mime_type(), "{name} is what it says");
        for hidden in ["script", "Exif", "GPS"] {
            let is_there = bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes());
            assert!(!is_there, "{name} is served with {hidden}");
        }
        let photo = image::load_from_memory(&bytes).expect("an image").to_rgb8();
        let red =
            if name == "me.jpg" { photo.get_pixel(250, 128) } else { photo.get_pixel(128, 5) };
        assert!(
            red.0[0] > 200 && red.0[2] < 60,
            "{name} is not as it is meant to be seen: {red:?}"
        );
    }
    ada.page.click("form[action$='/photo/remove'] button").await;
    ada.page.wait_for("document.querySelector('dialog[open]')").await;
    ada.page.follow("dialog .danger").await;
    assert!(!ada.page.has_element("main img").await);
    is_sound(&mut ada.page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_photo_files_are_refused_with_a_reason() {
    let Some(site) = Site::open().await else { return };
    let mut eve = Uploader::open(&site, "eve@northwind.example").await;
    let svg =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\">{SCRIPT}</svg>");
    let polyglot = format!("GIF89a/*<html>{SCRIPT}*/=1;alert(1)");
    let bomb = encode_image(GrayImage::from_pixel(5000, 5000, Luma([0])), ImageFormat::Png);
    assert!(bomb.len() < 200_000, "25 MB in {} bytes", bomb.len());
    for (name, file, status, words) in [
        ("drawing.png", svg.as_bytes(), 422, "not a PNG or JPEG image"),
        ("page.jpg", format!("<!doctype html>{SCRIPT}").as_bytes(), 422, "not a PNG or JPEG"),
        ("bomb.png", &bomb, 422, "larger than 2048 × 2048 pixels"),
        ("both.gif", polyglot.as_bytes(), 422, "not a PNG or JPEG"),
        ("large.png", &vec![7; 20_000_000], 413, "larger than 2 MiB"),
    ] {
        eve.upload(name, file).await;
        let told = eve.page.text("main [role=alert]").await;
        assert!(told.contains(words), "{name}: {told}");
        assert!(!eve.page.text("body").await.contains("alert("), "{name}");
        let found = eve.page.accessibility().await;
        assert!(found.is_empty(), "{name}: {found:#?}");
        let troubles = eve.page.troubles().await;
        let is_refusal = |it: &String| it.starts_with(&format!("status {status}"));
        assert!(troubles.len() == 1 && troubles.iter().all(is_refusal), "{name}: {troubles:?}");
    }
    eve.page.goto(&site.url(PROFILE)).await;
    assert!(!eve.page.has_element("main img").await, "none of them is kept");
    let kept = std::fs::read_dir(site.world.uploads()).map_or(0, Iterator::count);
    assert_eq!(kept, 0);
    is_sound(&mut eve.page).await;
}
