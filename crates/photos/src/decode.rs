//! Decodes the bytes of an upload to pixels, within bounds.

use std::io::Cursor;

use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::orientation::Orientation;

/// The maximum size of an upload, in bytes.
pub const MAX_UPLOAD: usize = 2 * 1024 * 1024;

/// The maximum width and height of an upload, in pixels.
const MAX_SIDE: usize = 2048;

/// The maximum memory that the pixels of an upload may take: 2048 × 2048 of four bytes, and half as much again. A
/// decoder takes some more.
const MAX_MEMORY: usize = 24 * 1024 * 1024;

/// The reason why an upload can't be a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no bytes, or more than [`MAX_UPLOAD`].
    #[error("the file is empty, or larger than 2 MiB")]
    Size,
    /// Its content is of none of the formats.
    #[error("the file is not a PNG or JPEG image")]
    Format,
    /// It is wider or higher than 2048 pixels.
    #[error("the image is larger than 2048 × 2048 pixels")]
    Dimensions,
    /// It is damaged, or needs too much memory.
    #[error("the image cannot be read")]
    Damaged,
}

/// The pixels of an upload.
pub(crate) struct Image {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Pixels,
    /// The turn that the pixels need before anybody looks at them.
    pub(crate) orientation: Orientation,
}

/// One byte for each channel of each pixel, line by line.
pub(crate) enum Pixels {
    /// Red, green and blue.
    Rgb(Vec<u8>),
    /// Red, green, blue, and how opaque the pixel is.
    Rgba(Vec<u8>),
}

impl Image {
    /// Decodes a PNG or a JPEG, whatever the file is called. The size and the dimensions are checked before anything is
    /// decoded.
    pub(crate) fn decode(upload: &[u8]) -> Result<Self, Refused> {
        if upload.is_empty() || upload.len() > MAX_UPLOAD {
            return Err(Refused::Size);
        }
        match upload {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::decode_png(upload),
            [0xff, 0xd8, 0xff, ..] => Self::decode_jpeg(upload),
            _ => Err(Refused::Format),
        }
    }

    fn decode_png(upload: &[u8]) -> Result<Self, Refused> {
        let limits = png::Limits { bytes: MAX_MEMORY };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(upload), limits);
        decoder.set_transformations(Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let header = decoder.read_header_info().map_err(|_| Refused::Damaged)?;
        let (width, height) = check_dimensions(header.width, header.height)?;
        check_memory(width * height * header.bytes_per_pixel())?;
        let mut reader = decoder.read_info().map_err(|_| Refused::Damaged)?;
        let orientation = Orientation::from_exif(reader.info().exif_metadata.as_deref());
        let mut bytes =
            vec![0; check_memory(reader.output_buffer_size().ok_or(Refused::Damaged)?)?];
        reader.next_frame(&mut bytes).map_err(|_| Refused::Damaged)?;
        let pixels = match reader.output_color_type().0 {
            ColorType::Grayscale => Pixels::from_gray(&bytes),
            ColorType::GrayscaleAlpha => Pixels::from_gray_alpha(&bytes),
            ColorType::Rgb => Pixels::Rgb(bytes),
            ColorType::Rgba => Pixels::Rgba(bytes),
            ColorType::Indexed => return Err(Refused::Damaged),
        };
        Ok(Self { width, height, pixels, orientation })
    }

    fn decode_jpeg(upload: &[u8]) -> Result<Self, Refused> {
        // Cameras write JPEG that is not strictly valid, and browsers show it.
        let options = DecoderOptions::default()
            .set_strict_mode(false)
            .set_max_width(usize::MAX)
            .set_max_height(usize::MAX);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(upload), options);
        decoder.decode_headers().map_err(|_| Refused::Damaged)?;
        let (width, height) = decoder.dimensions().ok_or(Refused::Damaged)?;
        let (width, height) = check_dimensions(width, height)?;
        let is_gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
        let output = if is_gray { ColorSpace::Luma } else { ColorSpace::RGB };
        decoder.set_options(options.jpeg_set_out_colorspace(output));
        check_memory(decoder.output_buffer_size().ok_or(Refused::Damaged)?)?;
        let orientation = Orientation::from_exif(decoder.exif().map(Vec::as_slice));
        let bytes = decoder.decode().map_err(|_| Refused::Damaged)?;
        let pixels = if is_gray { Pixels::from_gray(&bytes) } else { Pixels::Rgb(bytes) };
        Ok(Self { width, height, pixels, orientation })
    }
}

impl Pixels {
    fn from_gray(bytes: &[u8]) -> Self {
        Self::Rgb(bytes.iter().flat_map(|gray| [*gray; 3]).collect())
    }

    fn from_gray_alpha(bytes: &[u8]) -> Self {
        let (pairs, _) = bytes.as_chunks();
        Self::Rgba(pairs.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]).collect())
    }
}

/// Checks the dimensions that a header names.
fn check_dimensions<T: TryInto<usize>>(width: T, height: T) -> Result<(usize, usize), Refused> {
    match (width.try_into(), height.try_into()) {
        (Ok(0), _) | (_, Ok(0)) => Err(Refused::Damaged),
        (Ok(width @ ..=MAX_SIDE), Ok(height @ ..=MAX_SIDE)) => Ok((width, height)),
        _ => Err(Refused::Dimensions),
    }
}

fn check_memory(bytes: usize) -> Result<usize, Refused> {
    if bytes > MAX_MEMORY { Err(Refused::Damaged) } else { Ok(bytes) }
}
