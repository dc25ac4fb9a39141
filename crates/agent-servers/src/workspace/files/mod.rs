//! The folder of the workspace: every file is opened beneath its handle, so that no link, `..`, device or race leads out.

mod path;
mod reading;
mod root;
mod trouble;
mod writing;

pub(super) use path::{Inside, is_git};
pub(super) use reading::{Content, decode, small_text};
pub(super) use root::{Root, regular as open_regular};
pub(super) use trouble::failure;
pub(super) use writing::MAX_CONTENT;
