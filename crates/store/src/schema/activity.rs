//! The tables of what companions sent.

use diesel::table;

table! {
    activity_salts (tenant_id, workspace_id) {
        tenant_id -> Text,
        workspace_id -> Text,
        salt -> Text,
    }
}

table! {
    activity_states (tenant_id, workspace_id, kind, machine, subject) {
        tenant_id -> Text,
        workspace_id -> Text,
        machine -> Text,
        kind -> Text,
        subject -> Text,
        repo -> Text,
        details -> Text,
        at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    activity_items (tenant_id, workspace_id, machine, item) {
        tenant_id -> Text,
        workspace_id -> Text,
        machine -> Text,
        item -> Text,
        expires_at -> BigInt,
    }
}

table! {
    activity_forgotten (tenant_id, workspace_id, machine, repo) {
        tenant_id -> Text,
        workspace_id -> Text,
        machine -> Text,
        repo -> Text,
        forgotten_at -> BigInt,
        expires_at -> BigInt,
    }
}
