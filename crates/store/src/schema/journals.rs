//! The tables of what is being done on the upstreams, and what was.

use diesel::table;

table! {
    provision_steps (workspace_id, name) {
        tenant_id -> Text,
        workspace_id -> Text,
        name -> Text,
        state -> Text,
        started_at -> Nullable<BigInt>,
        at -> BigInt,
        error -> Nullable<Text>,
        hint -> Nullable<Text>,
    }
}

table! {
    provision_runs (workspace_id) {
        workspace_id -> Text,
        tenant_id -> Text,
        id -> Text,
        wants -> Text,
        lease_until -> BigInt,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

table! {
    creations (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        kind -> Text,
        name -> Text,
        digest -> Text,
        uuid -> Nullable<Text>,
        lease_until -> BigInt,
        started_at -> BigInt,
    }
}

table! {
    created_resources (mark) {
        mark -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        name -> Text,
        uuid -> Text,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}
