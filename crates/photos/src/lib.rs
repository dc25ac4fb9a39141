//! Photos of people: an upload is decoded within bounds, cut to a small square, encoded anew, and kept in a folder.
//!
//! Nothing of an upload is kept but its pixels: no metadata, no comments, and no bytes that something other than a
//! decoder of images could read.

mod decode;
mod decoder_thread;
mod file_names;
mod orientation;
mod orphaned_photos;
mod photo_folder;
mod photos;
mod square_thumbnail;
mod uploads;

pub use decode::{MAX_UPLOAD, Refused};
pub use file_names::{InvalidPhotoName, PhotoName};
pub use photos::Photos;
pub use square_thumbnail::{Square, square};
pub use uploads::UploadPlace;
