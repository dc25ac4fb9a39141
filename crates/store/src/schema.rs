//! The tables, the same in both databases. Columns are texts and big integers; some are nullable.

mod activity;
mod apps;
mod devices;
mod journals;
mod people;
mod pushes;
mod storage;

use diesel::table;

pub(crate) use self::activity::{
    activity_forgotten, activity_items, activity_salts, activity_states,
};
pub(crate) use self::apps::{
    clone_keys, detached_commands, paused_deployment_queues, public_variables, queued_deployments,
    rejections,
};
pub(crate) use self::devices::device_grants;
pub(crate) use self::journals::{created_resources, creations, provision_runs, provision_steps};
pub(crate) use self::people::{
    invitations, memberships, one_time_links, sessions, users, workspace_memberships,
};
pub(crate) use self::pushes::{followed_branches, push_statuses};
pub(crate) use self::storage::{storage_injections, workspace_storage};

/// Every table of ours, ordered so that a table follows those that it references.
pub(crate) const TABLES: [&str; 43] = [
    "tenants",
    "users",
    "sessions",
    "one_time_links",
    "memberships",
    "vibn_workspaces",
    "workspace_memberships",
    "invitations",
    "device_grants",
    "api_keys",
    "projects",
    "provision_steps",
    "provision_runs",
    "creations",
    "created_resources",
    "deleted_resources",
    "unlisted_databases",
    "domains",
    "workspace_storage",
    "storage_injections",
    "followed_branches",
    "push_statuses",
    "public_variables",
    "rejections",
    "clone_keys",
    "queued_deployments",
    "detached_commands",
    "activity_salts",
    "activity_states",
    "activity_items",
    "activity_forgotten",
    "vibn_domain_events",
    "vibn_billing_ledger",
    "audit_log",
    "audit_heads",
    "upstream_budgets",
    "health_probes",
    "attempts",
    "installation",
    "gitea_organisations",
    "secrets_keys",
    "reserved_slugs",
    "paused_deployment_queues",
];

table! {
    tenants (id) {
        id -> Text,
        name -> Text,
        created_at -> BigInt,
        provider_id -> Nullable<Text>,
        suspended_at -> Nullable<BigInt>,
        deletion_began_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

table! {
    vibn_workspaces (id) {
        id -> Text,
        tenant_id -> Text,
        cell -> Text,
        slug -> Text,
        name -> Text,
        gitea_org -> Text,
        gitea_bot_username -> Text,
        gitea_bot_token -> Nullable<Text>,
        gitea_bot_token_id -> Nullable<BigInt>,
        gitea_bot_ssh_key_id -> Nullable<BigInt>,
        coolify_private_key_uuid -> Nullable<Text>,
        coolify_project_uuid -> Nullable<Text>,
        coolify_environment_name -> Text,
        provision_status -> Text,
        created_at -> BigInt,
        upstream_mark -> Nullable<Text>,
        gitea_bot_email -> Nullable<Text>,
        gitea_bot_id -> Nullable<BigInt>,
        gitea_org_id -> Nullable<BigInt>,
        gitea_clone_token -> Nullable<Text>,
        gitea_clone_token_id -> Nullable<BigInt>,
        gitea_replaced_tokens -> Nullable<Text>,
        coolify_destination_uuid -> Nullable<Text>,
        coolify_destination_server -> Nullable<Text>,
        dns_provider -> Nullable<Text>,
        gitea_hook_id -> Nullable<BigInt>,
    }
}

table! {
    api_keys (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        name -> Nullable<Text>,
        prefix -> Text,
        digest -> Text,
        agent_type -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        scope -> Text,
        access -> Text,
        minted_by -> Nullable<Text>,
        minted_with -> Nullable<Text>,
        unrecorded_with -> Nullable<Text>,
    }
}

table! {
    projects (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        name -> Text,
        kind -> Text,
        body -> Text,
        repo -> Nullable<Text>,
        links -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    deleted_resources (tenant_id, workspace_id, uuid) {
        tenant_id -> Text,
        workspace_id -> Text,
        uuid -> Text,
        server -> Nullable<Text>,
        deleted_at -> BigInt,
    }
}

table! {
    unlisted_databases (tenant_id, workspace_id, id) {
        tenant_id -> Text,
        workspace_id -> Text,
        id -> Text,
        is_known -> BigInt,
        noted_at -> BigInt,
    }
}

table! {
    domains (tenant_id, workspace_id, name) {
        tenant_id -> Text,
        workspace_id -> Text,
        name -> Text,
        state -> Text,
        registrar -> Text,
        attempt -> Text,
        attempted_at -> BigInt,
        lease_until -> BigInt,
        years -> BigInt,
        amount -> BigInt,
        currency -> Text,
        is_private -> BigInt,
        order_id -> Nullable<Text>,
        registered_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        updated_at -> BigInt,
        dns_provider -> Nullable<Text>,
        zone -> Nullable<Text>,
        attached_at -> Nullable<BigInt>,
        is_unlocked -> BigInt,
        lost_at -> Nullable<BigInt>,
        released_at -> Nullable<BigInt>,
    }
}

table! {
    vibn_domain_events (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        domain -> Text,
        kind -> Text,
        at -> BigInt,
        detail -> Nullable<Text>,
    }
}

table! {
    vibn_billing_ledger (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Text,
        kind -> Text,
        source -> Text,
        ref_id -> Text,
        amount -> BigInt,
        currency -> Text,
        subject -> Text,
        at -> BigInt,
    }
}

table! {
    audit_log (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Nullable<Text>,
        actor_id -> Nullable<Text>,
        call -> Nullable<Text>,
        tool -> Text,
        surface -> Text,
        outcome -> Text,
        resource -> Nullable<Text>,
        params_digest -> Nullable<Binary>,
        at -> BigInt,
        duration_ms -> BigInt,
        seq -> BigInt,
        digest -> Binary,
        access -> Nullable<Text>,
        repeats -> Nullable<BigInt>,
        since -> Nullable<BigInt>,
        detail -> Nullable<Text>,
    }
}

table! {
    audit_heads (tenant_id) {
        tenant_id -> Text,
        seq -> BigInt,
        digest -> Text,
        cut_seq -> BigInt,
        cut_digest -> Text,
    }
}

table! {
    upstream_budgets (name) {
        name -> Text,
        credit -> BigInt,
        counted_at -> BigInt,
    }
}

table! {
    health_probes (name) {
        name -> Text,
        written_at -> BigInt,
    }
}

table! {
    attempts (digest) {
        digest -> Text,
        full_at -> BigInt,
    }
}

table! {
    installation (id) {
        id -> Text,
        owner_link -> Nullable<Text>,
        owner_id -> Nullable<Text>,
    }
}

table! {
    gitea_organisations (cell, id) {
        cell -> Text,
        id -> BigInt,
        name -> Text,
    }
}

table! {
    reserved_slugs (slug) {
        slug -> Text,
        reason -> Text,
        reserved_at -> BigInt,
    }
}

table! {
    secrets_keys (id) {
        id -> Text,
        canary -> Nullable<Text>,
    }
}

table! {
    #[sql_name = "__diesel_schema_migrations"]
    migrations_run (version) {
        version -> Text,
    }
}

// A key is looked up together with its workspace.
diesel::allow_tables_to_appear_in_same_query!(api_keys, audit_log, vibn_workspaces);
