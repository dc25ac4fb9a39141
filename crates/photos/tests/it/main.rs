//! Photos as a server keeps them, and uploads that are none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile_uploads;
mod orientation;
mod photo_folder;
mod test_images;
