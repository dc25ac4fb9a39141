//! `GET …/sessions`.

use covibe_domain::{Failure, SessionId, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{SessionRecord, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the browsers in which the caller is signed in.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListSessions {}

/// A session of the caller.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// The session's id.
    #[schemars(example = &"ses_0123456789abcdef")]
    id: SessionId,
    /// The user agent of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Mozilla/5.0 (X11; Linux x86_64)")]
    agent: Option<String>,
    /// The address from which the person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"192.0.2.7")]
    address: Option<String>,
    /// The time at which the person signed in.
    #[schemars(example = &"2026-11-23T10:00:00.000Z")]
    created_at: Timestamp,
    /// The time of its last use, accurate to a few minutes.
    #[schemars(example = &"2026-11-23T10:30:00.000Z")]
    last_used_at: Timestamp,
}

/// The sessions, the last used first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sessions {
    /// The sessions.
    sessions: Vec<Session>,
}

impl From<SessionRecord> for Session {
    fn from(of: SessionRecord) -> Self {
        Self {
            id: of.id,
            agent: of.agent,
            address: of.address,
            created_at: of.created_at,
            last_used_at: of.seen_at,
        }
    }
}

impl Operation<Workspace> for ListSessions {
    const SPEC: Spec = Spec::read("sessions.list", Route::get("/sessions")).for_people().early();

    type Output = Sessions;

    async fn run(self, cx: &Workspace) -> Result<Sessions, Failure> {
        let own = cx.people().sessions().await?;
        Ok(Sessions { sessions: own.into_iter().map(Session::from).collect() })
    }
}
