//! The columns of new applications, before their request sets any.

use serde_json::{Value, json};

use crate::coolify::json_values::{Object, object};

/// Returns the defaults of all columns that answers show.
pub(crate) fn defaults() -> Object {
    let groups = [source(), build(), health(), limits(), hooks()];
    groups.into_iter().flat_map(object).collect()
}

fn source() -> Value {
    json!({
        "description": null, "fqdn": null, "git_repository": null, "git_branch": "main",
        "git_commit_sha": "HEAD", "git_full_url": null, "repository_project_id": null,
        "docker_registry_image_name": null, "docker_registry_image_tag": null,
        "source_id": null, "private_key_id": null, "redirect": "both", "deleted_at": null,
        "preview_url_template": "{{pr_id}}.{{domain}}", "config_hash": null,
        "destination_type": "App\\Models\\StandaloneDocker",
    })
}

fn build() -> Value {
    json!({
        "build_pack": "nixpacks", "static_image": "nginx:alpine", "install_command": null,
        "build_command": null, "start_command": null, "ports_exposes": "80", "ports_mappings": null,
        "custom_network_aliases": null, "base_directory": "/", "publish_directory": null,
        "dockerfile": null, "dockerfile_location": "/Dockerfile", "dockerfile_target_build": null,
        "docker_compose_location": "/docker-compose.yaml", "docker_compose": null,
        "docker_compose_raw": null, "docker_compose_domains": null, "compose_parsing_version": "5",
        "docker_compose_custom_start_command": null, "docker_compose_custom_build_command": null,
        "watch_paths": null, "custom_labels": null, "custom_docker_run_options": null,
    })
}

fn health() -> Value {
    json!({
        "health_check_enabled": false, "health_check_type": "http", "health_check_command": null,
        "health_check_path": "/", "health_check_port": null, "health_check_host": "localhost",
        "health_check_method": "GET", "health_check_return_code": 200, "health_check_scheme": "http",
        "health_check_response_text": null, "health_check_interval": 5, "health_check_timeout": 5,
        "health_check_retries": 10, "health_check_start_period": 5, "custom_healthcheck_found": false,
    })
}

fn limits() -> Value {
    json!({
        "limits_memory": "0", "limits_memory_swap": "0", "limits_memory_swappiness": 60,
        "limits_memory_reservation": "0", "limits_cpus": "0", "limits_cpuset": null,
        "limits_cpu_shares": 1024, "swarm_replicas": 1, "swarm_placement_constraints": null,
    })
}

fn hooks() -> Value {
    json!({
        "post_deployment_command": null, "post_deployment_command_container": null,
        "pre_deployment_command": null, "pre_deployment_command_container": null,
        "custom_nginx_configuration": null, "is_http_basic_auth_enabled": false,
        "http_basic_auth_username": null, "http_basic_auth_password": null,
        "manual_webhook_secret_github": null, "manual_webhook_secret_gitlab": null,
        "manual_webhook_secret_bitbucket": null, "manual_webhook_secret_gitea": null,
    })
}
