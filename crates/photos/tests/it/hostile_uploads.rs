//! Uploads that are no images, or more than that.

use covibe_photos::{MAX_UPLOAD, Refused, square};
use image::ImageFormat;
use proptest::prelude::*;

use crate::test_images::{FORMATS, SIDE, encoded, flag, resized_header, with_chunk};

fn png() -> Vec<u8> {
    encoded(&flag(30, 30), ImageFormat::Png)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn every_format_becomes_a_small_square_of_its_middle() {
    for format in FORMATS {
        let kept = square(&encoded(&flag(600, 200), format)).unwrap();
        let image = image::load_from_memory(&kept.bytes).unwrap().to_rgb8();
        assert_eq!((image.width(), image.height()), (SIDE, SIDE), "{format:?}");
        let [red, green, blue] = image.get_pixel(SIDE / 2, SIDE / 2).0;
        assert!(green > 200 && red < 60 && blue < 60, "{format:?}: the middle is green");
        assert!(kept.bytes.len() < 100_000, "{format:?}");
    }
    let tiny = square(&encoded(&flag(1, 900), ImageFormat::Png)).unwrap();
    assert_eq!(image::load_from_memory(&tiny.bytes).unwrap().width(), SIDE);
}

#[test]
fn a_kept_jpeg_has_the_color_of_each_pixel() {
    let stripe = |x: u32| if x.is_multiple_of(2) { [255, 0, 0] } else { [0, 0, 255] };
    let stripes = image::RgbImage::from_fn(SIDE, SIDE, |x, _| image::Rgb(stripe(x))).into();
    let kept = square(&encoded(&stripes, ImageFormat::Png)).unwrap();
    let image = image::load_from_memory(&kept.bytes).unwrap().to_rgb8();
    let [red, blue] = [100, 101].map(|x| image.get_pixel(x, 100).0);
    assert!(red[0] > 180 && red[2] < 80, "{red:?} in a red line");
    assert!(blue[2] > 180 && blue[0] < 80, "{blue:?} in a blue line");
}

#[test]
fn transparent_pixels_stay_transparent() {
    let clear = image::RgbaImage::from_pixel(40, 40, image::Rgba([9, 9, 9, 0])).into();
    let kept = square(&encoded(&clear, ImageFormat::Png)).unwrap();
    let image = image::load_from_memory(&kept.bytes).unwrap().to_rgba8();
    assert_eq!(image.get_pixel(3, 3).0[3], 0);
}

/// A browser that guesses types, or a script that is included as one, finds nothing of what was sent.
#[test]
fn scripts_and_comments_of_an_image_are_not_kept() {
    let script = "<html><script>alert(1)</script>";
    let comment = with_chunk(&png(), *b"tEXt", format!("Comment\0{script}").as_bytes());
    let trailer = [&png()[..], script.as_bytes()].concat();
    let mut jpeg = encoded(&flag(30, 30), ImageFormat::Jpeg);
    let length = u16::try_from(script.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xfe][..], &length, script.as_bytes()].concat();
    jpeg.splice(2..2, segment);
    for upload in [comment, trailer, jpeg] {
        assert!(contains(&upload, "script"));
        let kept = square(&upload).unwrap();
        assert!(!contains(&kept.bytes, "script") && !contains(&kept.bytes, "Comment"));
    }
}

#[test]
fn files_of_other_formats_are_refused() {
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    for other in [svg, "<html>", "%PDF-1.7", "hello", "BM", "\0\0\0\u{20}ftypavif", "II*\0"] {
        assert_eq!(square(other.as_bytes()), Err(Refused::Format), "{other}");
    }
    // They begin as an image does.
    for begun in [&b"\x89PNG\r\n\x1a\n<script>"[..], b"\xff\xd8\xff<script>"] {
        let refused = square(begun);
        assert!(
            matches!(refused, Err(Refused::Damaged | Refused::Dimensions)),
            "{begun:?}: {refused:?}"
        );
    }
    assert_eq!(square(b""), Err(Refused::Size));
    assert_eq!(square(&vec![0; MAX_UPLOAD + 1]), Err(Refused::Size));
}

#[test]
fn other_formats_are_refused_naming_png_and_jpeg() {
    let gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    for other in [&gif[..], b"GIF89a/*<script>*/", b"RIFF\x10\0\0\0WEBPVP8 ", b"BM\0\0"] {
        let refused = square(other).unwrap_err();
        assert_eq!(refused, Refused::Format, "{other:?}");
        assert!(refused.to_string().contains("PNG or JPEG"), "{refused}");
    }
}

#[test]
fn large_dimensions_are_refused_before_anything_is_decoded() {
    for (width, height) in [(2049, 1), (1, 2049), (100_000, 100_000), (u32::MAX >> 1, 1)] {
        let refused = square(&resized_header(&png(), width, height));
        assert!(matches!(refused, Err(Refused::Dimensions | Refused::Damaged)), "{refused:?}");
    }
    assert_eq!(square(&encoded(&flag(2049, 1), ImageFormat::Png)), Err(Refused::Dimensions));
    // 16 bits for each of four channels: twice what the decoder may take.
    let deep = image::ImageBuffer::<image::Rgba<u16>, _>::from_pixel(1, 1, image::Rgba([1; 4]));
    let deep = encoded(&deep.into(), ImageFormat::Png);
    assert!(square(&deep).is_ok());
    assert_eq!(square(&resized_header(&deep, 2048, 2048)), Err(Refused::Damaged));
}

#[test]
fn an_image_of_the_largest_dimensions_is_accepted() {
    let image = image::GrayImage::from_pixel(2048, 2048, image::Luma([7]));
    let upload = encoded(&image.into(), ImageFormat::Png);
    assert!(upload.len() < MAX_UPLOAD / 10, "a bomb, of which all is decoded");
    assert!(square(&upload).is_ok());
}

#[test]
fn truncated_images_are_kept_or_refused_without_a_panic() {
    for format in FORMATS {
        let whole = encoded(&flag(24, 24), format);
        for length in 1..whole.len() {
            // The decoder of JPEG may show what is there.
            let _kept_or_refused = square(&whole[..length]);
        }
        assert!(square(&whole[..whole.len() / 8]).is_err(), "{format:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_images_are_refused_or_kept_as_valid_images(
        which in 0..FORMATS.len(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = encoded(&flag(24, 24), FORMATS[which]);
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(kept) = square(&bytes) {
            prop_assert!(image::load_from_memory(&kept.bytes).is_ok());
        }
    }
}
