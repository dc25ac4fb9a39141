//! From an upload to a small square.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use crate::name::Format;

/// The maximum size of an upload, in bytes.
pub const MAX_UPLOAD: usize = 2 * 1024 * 1024;

/// The width and the height of what is kept, in pixels.
pub const SIDE: u32 = 256;

/// The maximum width and height of an upload, in pixels.
const MAX_SIDE: u32 = 4096;

/// The most memory that a decoder may take: 4096 × 4096 pixels of four bytes, and half as much again. Decoders of JPEG
/// may take some more.
const MAX_MEMORY: u64 = 96 * 1024 * 1024;

/// The quality of a JPEG, of 100.
const QUALITY: u8 = 88;

/// Why an upload can't be a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no bytes, or more than [`MAX_UPLOAD`].
    #[error("the file is empty, or larger than 2 MiB")]
    Size,
    /// Its content is of none of the formats.
    #[error("the file is not a PNG or JPEG image")]
    Format,
    /// It is wider or higher than 4096 pixels.
    #[error("the image is larger than 4096 × 4096 pixels")]
    Dimensions,
    /// It is damaged, or needs too much memory.
    #[error("the image cannot be read")]
    Damaged,
}

/// A photo that may be kept and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Square {
    pub(crate) format: Format,
    /// The encoded image.
    pub bytes: Vec<u8>,
}

/// Reads an upload, and returns the square in its middle, 256 pixels wide.
///
/// Takes up to a second and some 100 MiB: run it on a thread that may block, and few at once.
pub fn square(upload: &[u8]) -> Result<Square, Refused> {
    if upload.is_empty() || upload.len() > MAX_UPLOAD {
        return Err(Refused::Size);
    }
    let image = decoded(upload, format(upload)?)?;
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let middle = image.crop_imm(left, top, side, side);
    encoded(&middle.resize_exact(SIDE, SIDE, FilterType::CatmullRom))
}

/// Tells the format by the content, whatever the file is called. Others are recognized and refused: each decoder is
/// compiled for the first start, and reads what strangers send.
fn format(upload: &[u8]) -> Result<ImageFormat, Refused> {
    let known = [ImageFormat::Png, ImageFormat::Jpeg];
    let format = image::guess_format(upload).map_err(|_| Refused::Format)?;
    known.contains(&format).then_some(format).ok_or(Refused::Format)
}

/// Decodes the pixels, as they are meant to be looked at. The dimensions are checked before anything is decoded.
fn decoded(upload: &[u8], format: ImageFormat) -> Result<DynamicImage, Refused> {
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refused::Damaged);
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Refused::Dimensions);
    }
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(Refused::Damaged);
    }
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

/// Encodes an image without anything but its pixels: one that is partly transparent as PNG, others as JPEG.
fn encoded(image: &DynamicImage) -> Result<Square, Refused> {
    let pixels = image.to_rgba8();
    let is_opaque = pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let mut bytes = Vec::new();
    let (format, written) = if is_opaque {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        (Format::Jpeg, image.to_rgb8().write_with_encoder(encoder))
    } else {
        (Format::Png, pixels.write_with_encoder(PngEncoder::new(&mut bytes)))
    };
    written.map_err(|_| Refused::Damaged)?;
    Ok(Square { format, bytes })
}

fn refused(error: &image::ImageError) -> Refused {
    use image::error::{ImageError, LimitErrorKind};
    match error {
        ImageError::Limits(limits) if limits.kind() == LimitErrorKind::DimensionError => {
            Refused::Dimensions
        }
        _ => Refused::Damaged,
    }
}
