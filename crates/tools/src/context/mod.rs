//! What an operation runs in: the caller's workspace, and nothing else.
//!
//! The raw clients, the store and the secrets are private to this module. Operations get scoped
//! ones, which take [`covibe_policy::Owned`] resources only:
//!
//! ```compile_fail,E0308
//! use covibe_domain::{AppUuid, Failure};
//! use covibe_tools::context::Workspace;
//!
//! async fn deploys_anybodys_app(cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
//!     cx.coolify().await?.deploy(&uuid, false).await?;
//!     Ok(())
//! }
//! ```
//!
//! ```
//! use covibe_domain::{AppUuid, Failure};
//! use covibe_tools::context::Workspace;
//!
//! async fn deploys_an_own_app(cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
//!     let coolify = cx.coolify().await?;
//!     let app = coolify.application(&uuid).await?;
//!     coolify.deploy(&app, false).await?;
//!     Ok(())
//! }
//! ```

mod boundaries;
mod coolify;
mod credentials;
mod gitea;
mod keys;
mod platform;
mod projects;
mod starting;
mod tenancy;
mod unready;
mod workspace;

pub use coolify::{AnyApp, Coolify};
pub use gitea::Gitea;
pub use keys::Keys;
pub use platform::{GiteaAddress, Platform, Settings};
pub use workspace::Workspace;

pub(crate) use credentials::{bot_token, clone_url, sealed};
pub(crate) use projects::Projects;
pub(crate) use starting::Start;
pub(crate) use tenancy::Tenancy;
pub(crate) use workspace::{Client, Described};
