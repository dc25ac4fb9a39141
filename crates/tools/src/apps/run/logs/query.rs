//! The query of a call, and the logs that were read for it.

use covibe_domain::Timestamp;

use super::cursor::Cursor;
use super::service_log::ServiceLog;
use crate::container_access::LogRules;

/// The default number of lines.
const DEFAULT_LINES: u32 = 200;

/// The query of a call.
pub(super) struct Query {
    /// The service whose log is read; `None` for all.
    pub(super) service: Option<String>,
    /// The number of the newest lines of each container; `None` if the caller names none.
    pub(super) lines: Option<u32>,
    pub(super) begin: Begin,
    /// The rules by which every log is cut and masked.
    pub(super) rules: LogRules,
}

/// Where reading begins.
pub(super) enum Begin {
    /// At the newest lines, of those from a moment on.
    Newest(Option<Timestamp>),
    /// Behind all lines that are there.
    End,
    /// At a cursor.
    After(Cursor),
}

impl Query {
    /// Returns how many of the newest lines of each container are read where no cursor bounds them.
    pub(super) fn newest_lines(&self) -> u32 {
        self.lines.unwrap_or(DEFAULT_LINES)
    }

    /// Returns whether a log may be read as a whole for it.
    pub(super) fn reads_whole_logs(&self) -> bool {
        match self.begin {
            Begin::Newest(_) => !self.rules.selection.shows_all_lines(),
            Begin::End => false,
            Begin::After(_) => true,
        }
    }

    /// Returns whether lines may be left out that the containers printed.
    pub(super) fn is_narrowed(&self) -> bool {
        !matches!(self.begin, Begin::Newest(None)) || !self.rules.selection.shows_all_lines()
    }
}

/// The logs of the containers of a resource.
#[derive(Default)]
pub(super) struct Read {
    pub(super) services: Vec<ServiceLog>,
    pub(super) warnings: Vec<String>,
    /// The position behind what was read; `None` if it is not known.
    pub(super) cursor: Option<Cursor>,
    /// True if lines were selected.
    pub(super) has_lines: bool,
    /// True if a container may print more, or may still be created.
    pub(super) may_go_on: bool,
}
