//! What a call asks for.

use super::frame::Frame;
use crate::on_host::Masks;

/// What a call asks for, and what every log is cut and masked by.
pub(super) struct Query {
    pub(super) service: Option<String>,
    pub(super) lines: u32,
    pub(super) since: Option<i64>,
    pub(super) search: Option<String>,
    /// The size limit of all logs together, in bytes.
    pub(super) max_size: usize,
    pub(super) frame: Frame,
    pub(super) masks: Masks,
}
