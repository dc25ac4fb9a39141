//! Parts that the operations on containers share: the choice of a container, and the limits on what
//! its output shows.

mod errors;
mod frame;
mod held;
mod labels;
mod lines;
mod masks;
mod stop;
mod target;
mod text;

pub(crate) use errors::no_docker_host;
pub(crate) use frame::{Frame, Writer, framed_line, framed_message};
pub(crate) use held::{Held, held};
pub(crate) use labels::{FIX, foreign_label, foreign_labels, told};
pub(crate) use lines::{LogRules, READ, Shown, timed};
pub(crate) use masks::Masks;
pub(crate) use stop::{end_rejected, stop_all};
pub(crate) use target::{check_service, chosen, service_names, services_of};
pub(crate) use text::printable;
