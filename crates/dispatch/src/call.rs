//! One call, as a surface passes it on.

use std::sync::Arc;
use std::time::Duration;

use covibe_identity::Caller;
use covibe_workspace::{AnswerReader, Progress, Settings, Tool};
use serde_json::Value;

use crate::permits::RequestPermit;

/// The surface that a call came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// MCP JSON-RPC.
    Mcp,
    /// The compact envelope.
    Compact,
    /// REST.
    Rest,
    /// A page of the console.
    Console,
    /// The server's command line.
    CommandLine,
    /// Not known yet: the key was denied before the surface read the call.
    Door,
}

impl Surface {
    /// Returns the reader of the answers.
    pub(crate) const fn reader(self) -> AnswerReader {
        match self {
            Self::Mcp => AnswerReader::Model,
            Self::Compact | Self::Rest | Self::Door => AnswerReader::Program,
            Self::Console | Self::CommandLine => AnswerReader::Person,
        }
    }

    /// Returns the word for it in the audit.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Compact => "compact",
            Self::Rest => "rest",
            Self::Console => "console",
            Self::CommandLine => "cli",
            Self::Door => "door",
        }
    }
}

/// One call of an authenticated caller.
#[derive(Debug)]
pub struct Call {
    /// The caller.
    pub caller: Caller,
    /// The tool that is called.
    pub tool: Arc<Tool>,
    /// The parameters.
    pub params: Value,
    /// The surface it came through.
    pub surface: Surface,
    /// The workspace that the path names, if any.
    pub slug: Option<String>,
    /// The receiver of progress reports, if the client wants them.
    pub progress: Option<Progress>,
    /// The call's permit, if it has one already; otherwise the call takes one when it begins.
    pub place: Option<Arc<RequestPermit>>,
}

impl Call {
    /// Returns whether the caller asks to wait for the outcome of the work that the call starts.
    pub(crate) fn waits(&self) -> bool {
        self.tool.spec.waits.is_some_and(|parameter| self.params[parameter] == true)
    }

    /// Returns whether the call changes something.
    pub(crate) fn changes(&self) -> bool {
        self.tool.spec.access.changes()
    }

    /// Returns the time limit of the call.
    pub(crate) fn timeout(&self, settings: &Settings) -> Duration {
        if self.waits() {
            settings.wait_timeout
        } else if let Some((parameter, default)) = self.tool.spec.lasts {
            let work = self.params[parameter].as_u64().unwrap_or(default);
            settings.write_timeout + Duration::from_millis(work)
        } else if self.changes() {
            settings.write_timeout
        } else {
            settings.read_timeout
        }
    }
}
