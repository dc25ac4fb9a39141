//! Images for tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

/// The width and height of what is kept.
pub(crate) const SIDE: u32 = 256;

pub(crate) const FORMATS: [ImageFormat; 2] = [ImageFormat::Png, ImageFormat::Jpeg];

/// A picture whose left third is red, middle green and right blue, so that its middle can be told.
pub(crate) fn flag(width: u32, height: u32) -> DynamicImage {
    let color = |x: u32| match 3 * x / width {
        0 => Rgba([255, 0, 0, 255]),
        1 => Rgba([0, 255, 0, 255]),
        _ => Rgba([0, 0, 255, 255]),
    };
    RgbaImage::from_fn(width, height, |x, _| color(x)).into()
}

pub(crate) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = match format {
        ImageFormat::Jpeg => DynamicImage::from(image.to_rgb8()),
        _ => image.clone(),
    };
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG with another width and height in its header, which has a valid checksum.
pub(crate) fn resized_header(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = checksum(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A PNG with one more chunk after its header.
pub(crate) fn with_chunk(png: &[u8], kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let chunk = [&kind[..], content].concat();
    let sum = checksum(&chunk).to_be_bytes();
    [&png[..33], &length, &chunk, &sum, &png[33..]].concat()
}

/// The checksum of a PNG's chunk (CRC-32 of ISO 3309).
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
