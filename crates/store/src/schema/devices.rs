//! The table of devices that are being set up.

use diesel::table;

table! {
    device_grants (device_digest) {
        device_digest -> Text,
        user_digest -> Text,
        machine -> Text,
        agents -> Text,
        address -> Nullable<Text>,
        state -> Text,
        tenant_id -> Nullable<Text>,
        workspace_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        interval_ms -> BigInt,
        polled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        network -> Text,
    }
}
