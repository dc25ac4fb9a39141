//! Photos of a camera that was held otherwise.

use covibe_photos::square;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder as _, Rgb, RgbImage};

use crate::test_images::SIDE;

/// A picture with another color in each corner.
fn corners() -> DynamicImage {
    let bright = |is_far| if is_far { 255 } else { 0 };
    let color = |x: u32, y: u32| Rgb([bright(x > 150), bright(y > 150), 128]);
    RgbImage::from_fn(300, 300, color).into()
}

/// EXIF that has the orientation and nothing else.
fn exif(orientation: Orientation) -> Vec<u8> {
    let value = u16::from(orientation.to_exif()).to_be_bytes();
    let entry = [&[1, 0x12, 0, 3, 0, 0, 0, 1][..], &value, &[0, 0]].concat();
    [&b"MM\0*\0\0\0\x08\0\x01"[..], &entry].concat()
}

#[test]
fn a_photo_is_turned_according_to_its_exif_orientation() {
    for orientation in (1..=8).filter_map(Orientation::from_exif) {
        let mut upload = Vec::new();
        let mut encoder = JpegEncoder::new(&mut upload);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        corners().write_with_encoder(encoder).unwrap();
        let mut expected = corners();
        expected.apply_orientation(orientation);
        let expected = expected.resize_exact(SIDE, SIDE, image::imageops::FilterType::Nearest);
        let kept = image::load_from_memory(&square(&upload).unwrap().bytes).unwrap().to_rgb8();
        for (x, y) in [(20, 20), (SIDE - 20, 20), (20, SIDE - 20), (SIDE - 20, SIDE - 20)] {
            let (kept, wanted) = (kept.get_pixel(x, y).0, expected.to_rgb8().get_pixel(x, y).0);
            let is_near = kept.iter().zip(wanted).all(|(kept, wanted)| kept.abs_diff(wanted) < 40);
            assert!(is_near, "{orientation:?} at {x}, {y}: {kept:?} instead of {wanted:?}");
        }
    }
}
