//! Authentication at Google Cloud, which every client of a Google API shares.
//!
//! A [`GoogleAuth`] proves who this server is by a service account's [`KeyFile`], or by the metadata
//! server of the machine that it runs on. Its tokens are kept until shortly before they expire.
//!
//! A token is fetched once for all callers, before the last expires. A key file whose token address is not Google's
//! is refused, because the signed assertion would go elsewhere.

mod assertion;
mod auth;
mod error_reasons;
mod key_file;
mod owner_mark;
mod token_cache;

pub use auth::{Credentials, GoogleAuth, GoogleSettings, METADATA};
pub use error_reasons::classify as classify_google;
pub use key_file::{KeyFile, KeyFileError};
pub use owner_mark::{InvalidOwner, Owner};
