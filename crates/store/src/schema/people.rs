//! The tables of people.

use diesel::table;

table! {
    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        created_at -> BigInt,
        email_digest -> Nullable<Text>,
        provider_id -> Nullable<Text>,
        provider_digest -> Nullable<Text>,
        password -> Nullable<Text>,
        photo -> Nullable<Text>,
        last_tenant -> Nullable<Text>,
        proved_at -> Nullable<BigInt>,
        made_in -> Nullable<Text>,
    }
}

table! {
    memberships (tenant_id, user_id) {
        tenant_id -> Text,
        user_id -> Text,
        role -> Text,
        created_at -> BigInt,
        made_by -> Nullable<Text>,
        made_at -> BigInt,
    }
}

table! {
    workspace_memberships (tenant_id, workspace_id, user_id) {
        tenant_id -> Text,
        workspace_id -> Text,
        user_id -> Text,
        role -> Text,
        created_at -> BigInt,
    }
}

table! {
    invitations (id) {
        id -> Text,
        tenant_id -> Text,
        workspace_id -> Nullable<Text>,
        email -> Text,
        role -> Text,
        digest -> Text,
        provider_id -> Nullable<Text>,
        invited_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        accepted_by -> Nullable<Text>,
    }
}

table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        digest -> Text,
        previous -> Nullable<Text>,
        rotated_at -> BigInt,
        active_tenant -> Nullable<Text>,
        active_workspace -> Nullable<Text>,
        created_at -> BigInt,
        seen_at -> BigInt,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
        provider_session -> Nullable<Text>,
        provider_refresh -> Nullable<Text>,
    }
}

table! {
    one_time_links (digest) {
        digest -> Text,
        user_id -> Text,
        purpose -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        made_by -> Text,
        tenant_id -> Nullable<Text>,
        id -> Text,
    }
}

// The members of a tenant are returned with their names.
diesel::allow_tables_to_appear_in_same_query!(users, memberships);
