//! Ids and times of rows.

use covibe_domain::{TenantId, Timestamp, WorkspaceId};

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn tenant(name: &str) -> TenantId {
    format!("ten_{name}").parse().unwrap()
}

pub(crate) fn workspace(name: &str) -> WorkspaceId {
    format!("ws_{name}").parse().unwrap()
}
