//! The tables of what apps have.

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

table! {
    public_variables (tenant_id, workspace_id, app, name) {
        tenant_id -> Text,
        workspace_id -> Text,
        app -> Text,
        name -> Text,
    }
}

table! {
    clone_keys (tenant_id, workspace_id, id) {
        tenant_id -> Text,
        workspace_id -> Text,
        id -> Text,
        creation -> Nullable<Text>,
        app -> Nullable<Text>,
        private_key -> Nullable<Text>,
        public_key -> Text,
        repository -> BigInt,
        left_repository -> Nullable<BigInt>,
        made_at -> BigInt,
    }
}

table! {
    queued_deployments (tenant_id, workspace_id, id) {
        tenant_id -> Text,
        workspace_id -> Text,
        id -> Text,
        cell -> Text,
        kind -> Text,
        resource -> Text,
        hash -> Nullable<Text>,
        follows_branch -> BigInt,
        is_forced -> BigInt,
        state -> Text,
        waited -> BigInt,
        asked_at -> BigInt,
        stale_for -> BigInt,
        holds_for -> BigInt,
        not_before -> BigInt,
        lease_until -> BigInt,
        deployment -> Nullable<Text>,
        handed_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        replaced_by -> Nullable<Text>,
        reason -> Nullable<Text>,
        confirmed -> Text,
    }
}

table! {
    detached_commands (tenant_id, workspace_id, id) {
        tenant_id -> Text,
        workspace_id -> Text,
        id -> Text,
        resource -> Text,
        container -> Text,
        service -> Nullable<Text>,
        started_at -> BigInt,
        seen_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        result -> Nullable<Text>,
        output -> Nullable<Text>,
        cancel_requested_at -> Nullable<BigInt>,
        command -> Nullable<Text>,
    }
}

table! {
    paused_deployment_queues (cell) {
        cell -> Text,
        paused_at -> BigInt,
    }
}
