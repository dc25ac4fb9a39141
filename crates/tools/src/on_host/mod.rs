//! What the operations on containers share: which container is meant, and what its output may show.

mod errors;
mod masks;
mod target;
mod text;

pub(crate) use errors::no_docker_host;
pub(crate) use masks::Masks;
pub(crate) use target::{check_service, chosen, services_of};
pub(crate) use text::printable;
