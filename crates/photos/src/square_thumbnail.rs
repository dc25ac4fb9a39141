//! Converts an upload to a small square.

use jpeg_encoder::{Encoder as JpegEncoder, SamplingFactor};
use resize::Pixel::{RGB8, RGBA8P};
use resize::{PixelFormat, Type};
use rgb::{ComponentBytes as _, FromSlice as _, RGBA8};

use crate::decode::{Image, Pixels, Refused};
use crate::file_names::Format;

/// The width and the height of a stored photo, in pixels.
const SIDE: usize = 256;

/// The quality of a JPEG, of 100.
const QUALITY: u8 = 88;

/// A photo that may be kept and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Square {
    pub(crate) format: Format,
    /// The encoded image.
    pub bytes: Vec<u8>,
}

/// Reads an upload, and returns the square in its middle, 256 pixels wide.
///
/// Takes up to a quarter of a second and some 40 MiB: run it on a thread that may block, and few at once.
pub fn square(upload: &[u8]) -> Result<Square, Refused> {
    let image = Image::decode(upload)?;
    encode(&image.orientation.turn(&shrink_middle(&image)?, SIDE))
}

/// Returns the square in the middle, with [`SIDE`] lines.
fn shrink_middle(image: &Image) -> Result<Vec<RGBA8>, Refused> {
    Ok(match &image.pixels {
        Pixels::Rgb(bytes) => {
            let pixels = shrink(RGB8, bytes.as_rgb(), image)?;
            pixels.into_iter().map(|pixel| pixel.with_alpha(u8::MAX)).collect()
        }
        Pixels::Rgba(bytes) => shrink(RGBA8P, bytes.as_rgba(), image)?,
    })
}

fn shrink<F: PixelFormat>(
    format: F,
    pixels: &[F::InputPixel],
    image: &Image,
) -> Result<Vec<F::OutputPixel>, Refused>
where
    F::OutputPixel: Clone + Default,
{
    let side = image.width.min(image.height);
    let (left, top) = ((image.width - side) / 2, (image.height - side) / 2);
    let middle = pixels.get(top * image.width + left..).ok_or(Refused::Damaged)?;
    let mut small = vec![F::OutputPixel::default(); SIDE * SIDE];
    resize::new(side, side, SIDE, SIDE, format, Type::Catrom)
        .and_then(|mut resizer| resizer.resize_stride(middle, image.width, &mut small))
        .map_err(|_| Refused::Damaged)?;
    Ok(small)
}

/// Encodes pixels, and nothing else: those that are partly transparent as PNG, others as JPEG.
fn encode(pixels: &[RGBA8]) -> Result<Square, Refused> {
    let is_opaque = pixels.iter().all(|pixel| pixel.a == u8::MAX);
    let format = if is_opaque { Format::Jpeg } else { Format::Png };
    let encoded = if is_opaque { encode_jpeg(pixels) } else { encode_png(pixels) };
    encoded.map(|bytes| Square { format, bytes }).ok_or(Refused::Damaged)
}

fn encode_jpeg(pixels: &[RGBA8]) -> Option<Vec<u8>> {
    let side = u16::try_from(SIDE).ok()?;
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, QUALITY);
    // Below a quality of 90, the encoder would keep the color of every fourth pixel alone.
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(pixels.as_bytes(), side, side, jpeg_encoder::ColorType::Rgba).ok()?;
    Some(bytes)
}

fn encode_png(pixels: &[RGBA8]) -> Option<Vec<u8>> {
    let side = u32::try_from(SIDE).ok()?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels.as_bytes()).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}
