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
//! # What fails
//!
//! A resource behaves as a test has arranged. Otherwise the simulated Coolify decides by what is deployed. It runs
//! whatever would not certainly fail with a real one:
//!
//! - An image is not pulled whose name or tag says that it does not exist (`doesnotexist`, `nosuch`, `typo` and a few
//!   more), that is a known misspelling (`ngnix`), or that is a well-known official image with a tag of another form
//!   than theirs (`postgres:newest`). All other images exist.
//! - A Dockerfile is not built that has an unknown instruction, copies a file that the commit lacks, begins with such
//!   an image, or runs `false`, `exit 1` or `npm run` with a script that `package.json` lacks.
//! - A health check fails that asks on another port than the image exposes, `PORT` says, or a known image listens on.
//! - A container ends at once whose command consists of `echo`, `true`, `false` and `exit`: the start command, the
//!   Dockerfile's, the `start` of `package.json`, or a compose file's. Docker starts it again, unless its policy says no.
//!
//! The parts that all simulators share are in `core`, which knows no vendor. A further vendor is one more module
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
