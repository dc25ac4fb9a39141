//! The table of rejections.

use diesel::table;

table! {
    rejections (tenant_id, workspace_id, resource) {
        tenant_id -> Text,
        workspace_id -> Text,
        resource -> Text,
        container -> Text,
        label -> Nullable<Text>,
        image -> Nullable<Text>,
        file -> Nullable<Text>,
        hash -> Nullable<Text>,
        rejected_at -> BigInt,
    }
}
