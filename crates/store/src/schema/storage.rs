//! The tables of object storage.

use diesel::table;

table! {
    workspace_storage (tenant_id, workspace_id) {
        tenant_id -> Text,
        workspace_id -> Text,
        provider -> Text,
        state -> Text,
        bucket -> Text,
        location -> Text,
        endpoint -> Text,
        region -> Text,
        account -> Nullable<Text>,
        access_key_id -> Nullable<Text>,
        secret -> Nullable<Text>,
        previous_key_id -> Nullable<Text>,
        lease_until -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    storage_injections (tenant_id, workspace_id, resource, prefix) {
        tenant_id -> Text,
        workspace_id -> Text,
        resource -> Text,
        prefix -> Text,
        access_key_id -> Text,
        injected_at -> BigInt,
    }
}
