//! The fields of applications, as Coolify's controllers list them, and how they become columns.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::body::Rule::{self, Array, Bool, Command, Folder, Number, OneOf, Ports, Short, Text};
use super::body::{Field, field};
use crate::coolify::Version::{Beta473, V4_3};
use crate::coolify::json_values::{Object, boolean};

/// Accepted by a creation only.
pub(crate) const CREATE: &[Field] = &[
    field("type", Text, Beta473),
    field("private_key_uuid", Text, Beta473),
    field("github_app_uuid", Text, Beta473),
    field("autogenerate_domain", Bool, Beta473),
    field("dockerfile", Text, Beta473),
    field("docker_compose_raw", Text, Beta473),
    field("tags", Array, V4_3),
];

/// Accepted by a PATCH only.
pub(crate) const PATCH: &[Field] = &[field("dockerfile_target_build", Text, Beta473)];

/// Columns that a creation and a PATCH accept.
pub(crate) const COLUMNS: &[Field] = &[
    field("name", Short(255), Beta473),
    field("description", Text, Beta473),
    field("domains", Text, Beta473),
    field("git_repository", Text, Beta473),
    field("git_branch", Text, Beta473),
    field("git_commit_sha", Text, Beta473),
    field(
        "build_pack",
        OneOf(&["nixpacks", "static", "dockerfile", "dockercompose", "railpack", "dockerimage"]),
        Beta473,
    ),
    field("docker_registry_image_name", Short(255), Beta473),
    field("docker_registry_image_tag", Short(128), Beta473),
    field("static_image", OneOf(&["nginx:alpine"]), Beta473),
    field("install_command", Command, Beta473),
    field("build_command", Command, Beta473),
    field("start_command", Command, Beta473),
    field("ports_exposes", Ports, Beta473),
    field("ports_mappings", Text, Beta473),
    field("custom_network_aliases", Text, Beta473),
    field("base_directory", Folder, Beta473),
    field("publish_directory", Text, Beta473),
    field("health_check_enabled", Bool, Beta473),
    field("health_check_type", OneOf(&["http", "cmd"]), Beta473),
    field("health_check_command", Text, Beta473),
    field("health_check_path", Text, Beta473),
    field("health_check_port", Number, Beta473),
    field("health_check_host", Text, Beta473),
    field("health_check_method", OneOf(&["GET", "HEAD", "POST", "OPTIONS"]), Beta473),
    field("health_check_return_code", Number, Beta473),
    field("health_check_scheme", OneOf(&["http", "https"]), Beta473),
    field("health_check_response_text", Text, Beta473),
    field("health_check_interval", Number, Beta473),
    field("health_check_timeout", Number, Beta473),
    field("health_check_retries", Number, Beta473),
    field("health_check_start_period", Number, Beta473),
    field("limits_memory", Text, Beta473),
    field("limits_memory_swap", Text, Beta473),
    field("limits_memory_swappiness", Number, Beta473),
    field("limits_memory_reservation", Text, Beta473),
    field("limits_cpus", Text, Beta473),
    field("limits_cpuset", Text, Beta473),
    field("limits_cpu_shares", Number, Beta473),
    field("custom_labels", Text, Beta473),
    field("custom_docker_run_options", Text, Beta473),
    field("post_deployment_command", Text, Beta473),
    field("post_deployment_command_container", Text, Beta473),
    field("pre_deployment_command", Text, Beta473),
    field("pre_deployment_command_container", Text, Beta473),
    field("watch_paths", Text, Beta473),
    field("manual_webhook_secret_github", Text, Beta473),
    field("manual_webhook_secret_gitlab", Text, Beta473),
    field("manual_webhook_secret_bitbucket", Text, Beta473),
    field("manual_webhook_secret_gitea", Text, Beta473),
    field("dockerfile_location", Text, Beta473),
    field("docker_compose_location", Text, Beta473),
    field("docker_compose_custom_start_command", Text, Beta473),
    field("docker_compose_custom_build_command", Text, Beta473),
    field("docker_compose_domains", Array, Beta473),
    field("redirect", OneOf(&["both", "www", "non-www"]), Beta473),
    field("custom_nginx_configuration", Text, Beta473),
    field("is_http_basic_auth_enabled", Bool, Beta473),
    field("http_basic_auth_username", Text, Beta473),
    field("http_basic_auth_password", Text, Beta473),
    field("noindex_domains", Array, V4_3),
    field("preview_url_template", Text, V4_3),
    field("max_restart_count", Number, V4_3),
];

/// Switches of a call, and settings of the application, which answers leave out.
pub(crate) const SETTINGS: &[Field] = &[
    field("instant_deploy", Bool, Beta473),
    field("force_domain_override", Bool, Beta473),
    field("is_static", Bool, Beta473),
    field("is_spa", Bool, Beta473),
    field("is_auto_deploy_enabled", Bool, Beta473),
    field("is_force_https_enabled", Bool, Beta473),
    field("use_build_server", Bool, Beta473),
    field("connect_to_docker_network", Bool, Beta473),
    field("is_container_label_escape_enabled", Bool, Beta473),
    field("is_preserve_repository_enabled", Bool, Beta473),
    field("use_build_secrets", Bool, V4_3),
    field("is_preview_deployments_enabled", Bool, V4_3),
    field("include_source_commit_in_build", Bool, V4_3),
    field("is_git_submodules_enabled", Bool, V4_3),
    field("is_git_lfs_enabled", Bool, V4_3),
    field("is_git_shallow_clone_enabled", Bool, V4_3),
    field("disable_build_cache", Bool, V4_3),
    field("inject_build_args_to_dockerfile", Bool, V4_3),
    field("is_env_sorting_enabled", Bool, V4_3),
    field("is_pr_deployments_public_enabled", Bool, V4_3),
    field("stop_grace_period", Number, V4_3),
    field("docker_images_to_keep", Number, V4_3),
    field("is_gzip_enabled", Bool, V4_3),
    field("is_stripprefix_enabled", Bool, V4_3),
    field("is_raw_compose_deployment_enabled", Bool, V4_3),
    field("is_log_drain_enabled", Bool, V4_3),
    field("is_gpu_enabled", Bool, V4_3),
    field("gpu_driver", Text, V4_3),
    field("gpu_count", Text, V4_3),
    field("gpu_device_ids", Text, V4_3),
    field("gpu_options", Text, V4_3),
    field("is_consistent_container_name_enabled", Bool, V4_3),
    field("custom_internal_name", Text, V4_3),
];

/// Switches of a call that are not stored.
const OF_CALL: [&str; 2] = ["instant_deploy", "force_domain_override"];

/// Fields that are not stored under their own name.
const STORED_OTHERWISE: [&str; 2] = ["domains", "docker_compose_domains"];

/// Stores every column of a body but the [`STORED_OTHERWISE`].
pub(crate) fn write_columns(columns: &mut Object, body: &Object) {
    for (name, value) in body {
        let field = COLUMNS.iter().chain(PATCH).find(|field| field.name == name);
        let Some(field) = field.filter(|field| !STORED_OTHERWISE.contains(&field.name)) else {
            continue;
        };
        columns.insert(name.clone(), column_value(field.rule, name, value));
    }
}

/// Stores the switches of a body that are settings.
pub(crate) fn write_settings(settings: &mut BTreeMap<String, bool>, body: &Object) {
    let is_setting =
        |name: &str| SETTINGS.iter().any(|field| field.name == name) && !OF_CALL.contains(&name);
    let given = body.iter().filter(|(name, _)| is_setting(name));
    settings.extend(given.filter_map(|(name, value)| Some((name.clone(), boolean(value)?))));
}

/// Converts a value to the type of its column: numbers may come as texts, and the other way round.
fn column_value(rule: Rule, name: &str, value: &Value) -> Value {
    match (rule, value) {
        (Number, Value::Number(number)) if name == "health_check_port" => {
            json!(number.to_string())
        }
        (Number, Value::String(text)) if name != "health_check_port" => {
            text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
        }
        (Bool, value) => boolean(value).map_or(Value::Null, Value::from),
        _ => value.clone(),
    }
}
