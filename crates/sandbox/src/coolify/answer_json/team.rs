//! The one team: its member, SSH keys, projects, server and destinations.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::coolify::model::{
    CoolifyState, Destination, PrivateKey, Project, SERVER_ID, SERVER_NAME,
};

/// Shows the team, which is as old as the server.
pub(crate) fn team(created: Timestamp) -> Value {
    json!({
        "id": 0, "name": "Root Team", "description": "The root team", "personal_team": true,
        "show_boarding": true,
        "created_at": created, "updated_at": created,
    })
}

/// Shows the members.
pub(crate) fn members(created: Timestamp) -> Value {
    json!([{
        "id": 0, "name": "Root User", "email": "root@coolify.test", "email_verified_at": created,
        "force_password_reset": false, "marketing_emails": true,
        "two_factor_confirmed_at": null, "created_at": created, "updated_at": created,
    }])
}

/// Shows an SSH key, its secret half included.
pub(crate) fn private_key(key: &PrivateKey) -> Value {
    json!({
        "id": key.id, "uuid": key.uuid, "name": key.name, "description": key.description,
        "private_key": key.secret, "public_key": key.public,
        "fingerprint": key.fingerprint, "is_git_related": false, "team_id": 0,
        "created_at": key.created, "updated_at": key.created,
    })
}

/// Shows a project as lists do.
pub(crate) fn project_list_item(project: &Project) -> Value {
    json!({ "id": project.id, "uuid": project.uuid, "name": project.name,
            "description": project.description })
}

/// Shows a project with its environments and their numeric ids.
pub(crate) fn project_detail(project: &Project) -> Value {
    let mut body = project_list_item(project);
    let environments = project.environments.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name, "description": null,
                "project_id": project.id, "created_at": one.created, "updated_at": one.created })
    });
    body["environments"] = environments.collect();
    body
}

/// Shows the server without its proxy.
pub(crate) fn server(state: &CoolifyState) -> Value {
    let is_reachable = state.is_server_reachable();
    json!({
        "uuid": state.server, "name": SERVER_NAME, "description": "The server of the sandbox.",
        "ip": "host.docker.internal", "user": "root", "port": 22,
        "is_coolify_host": true,
        "settings": {
            "id": SERVER_ID, "server_id": SERVER_ID, "concurrent_builds": state.limits.concurrent_builds,
            "deployment_queue_limit": 25,
            "dynamic_timeout": state.limits.dynamic_timeout, "is_build_server": state.is_build_server,
            "is_reachable": is_reachable, "is_usable": is_reachable, "wildcard_domain": null,
            "delete_unused_volumes": false, "delete_unused_networks": false,
            "docker_cleanup_frequency": "0 0 * * *", "docker_cleanup_threshold": 80,
            "sentinel_token": "the-token-of-the-sandboxs-monitoring",
        },
    })
}

/// Shows the server as lists do, which repeat two of its settings.
pub(crate) fn server_list_item(state: &CoolifyState) -> Value {
    let mut body = server(state);
    for name in ["is_reachable", "is_usable"] {
        body[name] = body["settings"][name].clone();
    }
    body
}

/// Shows a destination, which 4.3 repeats with its server and the server's settings in each item
/// of the lists of applications, databases and services.
pub(super) fn full_destination(state: &CoolifyState, id: i64) -> Value {
    let Some(one) = state.destinations.iter().find(|one| one.id == id) else { return Value::Null };
    json!({
        "id": one.id, "uuid": one.uuid, "name": one.name, "network": one.network,
        "server_id": SERVER_ID, "server": server(state), "created_at": one.created, "updated_at": one.created,
    })
}

/// Shows a destination.
pub(crate) fn destination(state: &CoolifyState, one: &Destination) -> Value {
    json!({
        "uuid": one.uuid, "name": one.name, "network": one.network, "type": "standalone",
        "server_uuid": state.server, "created_at": one.created, "updated_at": one.created,
    })
}

/// Shows the destination of an application, which has only one here.
pub(crate) fn destination_of_application(state: &CoolifyState, one: &Destination) -> Value {
    json!({
        "uuid": one.uuid, "name": one.name, "network": one.network,
        "server_uuid": state.server, "server_id": SERVER_ID, "is_primary": true,
    })
}
