//! Stateful simulators of the upstreams, over real HTTP on loopback, with named faults.
//!
//! A simulator has its vendor's quirks, because clients get those wrong. Each quirk is documented
//! where it is implemented, with the releases that have it. A simulator listens on loopback only, and
//! the secrets that it generates are worthless elsewhere.
//!
//! The simulated Gitea has real repositories, which git clones and pushes to. The simulated Coolify
//! runs git against repositories on this machine before a deployment of one succeeds. So git 2.38 or
//! newer must be on PATH.
//!
//! A simulator refuses requests for a host that is not a loopback one and from pages of other origins.
//! Beside the vendor's API it serves, to callers that present [`Simulator::control_token`] as
//! `X-Sandbox-Token`,
//!
//! - `POST /__sandbox/faults`, which arms a [`faults::Fault`] for the next requests that match,
//! - `DELETE /__sandbox/faults`, which disarms all of them,
//! - `GET /__sandbox/requests`, which lists the [`Recorded`] requests without their secrets, and
//!   `DELETE`, which forgets them.
//!
//! The host of a simulated Coolify has a simulated Docker Engine ([`docker`]), which listens on a socket
//! instead of a port.
//!
//! What all simulators share is in `core`, which knows no vendor. A further vendor is one more module
//! beside [`coolify`], [`gitea`], [`google`], [`image_registry`], [`opensrs`] and [`workos`].

pub mod coolify;
pub mod docker;
pub mod gitea;
pub mod google;
pub mod image_registry;
pub mod opensrs;
pub mod workos;

mod core;

pub use self::core::faults;
pub use self::core::{Answered, Hold, Listable, Recorded, Scratch, Setting, Simulator};
