//! Sessions at WorkOS.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error};
use serde_json::{Value, json};

use crate::client::WorkOs;
use crate::ids::SessionId;

impl WorkOs {
    /// Ends a session at WorkOS, so that its refresh token is worth nothing; succeeds when it has
    /// ended.
    #[boxed]
    pub async fn revoke_session(&self, session: &SessionId) -> Result<(), Error> {
        let request = self.transport().post("/user_management/sessions/revoke");
        let request = request.body(json!({ "session_id": session }));
        let answer = request.repeatable().accept_statuses(&[404]).send().await?;
        if answer.status() != 404 {
            return answer.check_empty_or_json();
        }
        let unreadable = answer.malformed();
        let has_ended = answer.json::<Value>().is_ok_and(|body| body["message"].is_string());
        // Otherwise something in front of WorkOS answered.
        if has_ended {
            Ok(())
        } else {
            Err(Error { cause: Cause::Foreign { status: 404 }, ..unreadable })
        }
    }
}
