//! The one team and its member.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

/// Shows the team, which is as old as the server.
pub(crate) fn show(created: Timestamp) -> Value {
    json!({
        "id": 0, "name": "Root Team", "description": "The root team", "personal_team": true,
        "show_boarding": true,
        "created_at": created, "updated_at": created,
    })
}

/// Shows the members.
pub(crate) fn members(created: Timestamp) -> Value {
    json!([{
        "id": 0, "name": "Root User", "email": "root@coolify.test", "email_verified_at": created,
        "force_password_reset": false, "marketing_emails": true,
        "two_factor_confirmed_at": null, "created_at": created, "updated_at": created,
    }])
}
