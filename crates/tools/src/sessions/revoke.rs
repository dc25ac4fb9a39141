//! `DELETE …/sessions/{sessionId}`.

use covibe_domain::{Failure, SessionId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// End one of the caller's own sessions: that browser is signed out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeSession {
    /// The id, as sessions.list returns it.
    #[schemars(example = &"ses_0123456789abcdef")]
    session_id: SessionId,
}

/// The session that was ended.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedSession {
    /// The session's id.
    #[schemars(example = &"ses_0123456789abcdef")]
    revoked: SessionId,
}

impl Operation<Workspace> for RevokeSession {
    const SPEC: Spec = Spec::destroy("sessions.revoke", Route::delete("/sessions/{sessionId}"))
        .for_people()
        .early();

    type Output = RevokedSession;

    async fn run(self, cx: &Workspace) -> Result<RevokedSession, Failure> {
        cx.people().end_session(&self.session_id).await?;
        Ok(RevokedSession { revoked: self.session_id })
    }
}
