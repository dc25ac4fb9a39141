//! The tables of pushes.

use diesel::table;

table! {
    followed_branches (tenant_id, workspace_id, app) {
        tenant_id -> Text,
        workspace_id -> Text,
        app -> Text,
        repository -> BigInt,
        branch -> Text,
        auto_deploy -> BigInt,
        watch_paths -> Text,
        seen_commit -> Nullable<Text>,
        seen_message -> Nullable<Text>,
        seen_at -> Nullable<BigInt>,
        deployment -> Nullable<Text>,
        skipped -> Nullable<Text>,
        claimed_commit -> Nullable<Text>,
        claimed_after -> Nullable<Text>,
        deployed_commit -> Nullable<Text>,
        lease_until -> BigInt,
        remade -> BigInt,
        warnings -> Text,
    }
}

table! {
    push_statuses (tenant_id, workspace_id, deployment) {
        tenant_id -> Text,
        workspace_id -> Text,
        deployment -> Text,
        app -> Text,
        repository -> BigInt,
        hash -> Text,
        context -> Text,
        link -> Nullable<Text>,
        since -> BigInt,
    }
}
