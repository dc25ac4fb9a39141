//! Parts that the operations on containers share: the choice of a container, and the limits on what
//! its output shows.

mod errors;
mod frame;
mod inspected_container;
mod labels;
mod levels;
mod lines;
mod masks;
mod selection;
mod stop;
mod target;
mod text;

pub(crate) use errors::no_docker_host;
pub(crate) use frame::{Frame, Writer, framed_line, framed_message};
pub(crate) use inspected_container::{InspectedContainer, inspect_containers};
pub(crate) use labels::{FIX, describe_label, foreign_label, foreign_labels};
pub(crate) use levels::LogLevel;
pub(crate) use lines::{Line, LogRules, READ, Selected, ShownLines};
pub(crate) use masks::Masks;
pub(crate) use selection::Selection;
pub(crate) use stop::{end_rejected, stop_all};
pub(crate) use target::{check_service, choose_container, service_names, services_of};
pub(crate) use text::to_printable;
