//! The pages of the console: functions from what is known to HTML, without any input or output.
//!
//! A page of a signed-in person gets a [`Frame`] and a view of its own; what an operation answers is a view as it
//! is. Pages link to each other by [`paths`], load only what [`assets`] has, and have no inline script or style, so
//! that [`CONTENT_SECURITY_POLICY`] holds for each of them.
//!
//! Each page works without the script, which adds copying, local times, questions before something is destroyed,
//! and logs as they grow. A view ignores unknown members of an answer. The tests judge every page in Chromium
//! (`crates/testkit/browser`), narrow and wide, light and dark, by checks of accessibility, by violations of the
//! policy, and by its log.

pub mod assets;
mod flash_message;
mod frame;
pub mod pages;
mod parts;
pub mod paths;
mod shown_failure;

pub use flash_message::{Flash, Tone};
pub use frame::{Frame, OtherCompany, Section, WorkspaceChoice};
pub use maud::Markup;
pub use parts::form::Form;
pub use shown_failure::{Loaded, Problem};

/// The policy of every page: only our own styles, script, images and addresses, in no frame of others.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
