//! Parts that the operations on containers share: the choice of a container, and the limits on what
//! its output shows.

mod log_levels;
mod log_lines;
mod resource_containers;
mod secret_masking;
mod text_sanitizing;

pub(crate) use log_levels::LogLevel;
pub(crate) use log_lines::{Line, LogRules, READ, Selected, Selection, ShownLines};
pub(crate) use resource_containers::{
    FIX, InspectedContainer, check_service, choose_container, describe_label, end_rejected,
    foreign_label, foreign_labels, inspect_containers, no_docker_host, service_names, services_of,
    stop_all,
};
pub(crate) use secret_masking::Masks;
pub(crate) use text_sanitizing::{Frame, Writer, framed_line, framed_message, to_printable};
