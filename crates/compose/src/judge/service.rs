//! A service, and the keys that it may have.

use super::checks::{
    commands, environment, files, image, names, networks, runtime, scalars, volumes,
};
use super::key_tables::{Rule, Table, fields, one_of};
use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// The image, and what runs in it.
const RUNS: Table = &[
    ("image", Rule::Accept(image::image)),
    ("build", Rule::Accept(image::build)),
    ("command", Rule::Accept(commands::command)),
    ("entrypoint", Rule::Accept(commands::command)),
    ("environment", Rule::Accept(environment::environment)),
    ("healthcheck", Rule::Accept(commands::healthcheck)),
    ("user", Rule::Accept(user)),
    ("working_dir", Rule::Accept(names::folder)),
    ("hostname", Rule::Accept(names::hostname)),
    ("init", Rule::Accept(scalars::boolean)),
    ("tty", Rule::Accept(scalars::boolean)),
    ("stdin_open", Rule::Accept(scalars::boolean)),
    ("read_only", Rule::Accept(scalars::boolean)),
    ("stop_signal", Rule::Accept(signal)),
    ("stop_grace_period", Rule::Accept(scalars::grace_period)),
    ("pull_policy", Rule::Accept(pull_policy)),
];

/// Connections to other parts of the file.
const CONNECTS: Table = &[
    ("expose", Rule::Each(networks::port)),
    ("volumes", Rule::Each(volumes::mount)),
    (
        "tmpfs",
        Rule::Accept(|report, location, node| {
            scalars::one_or_list(report, location, node, volumes::tmpfs)
        }),
    ),
    ("network_mode", Rule::Accept(networks::mode)),
    ("depends_on", Rule::Accept(networks::depends_on)),
    ("links", Rule::Each(networks::link)),
    ("configs", Rule::Each(files::judge_mounted)),
    ("secrets", Rule::Each(files::judge_mounted)),
];

/// Limits, and when the service restarts.
const USES: Table = &[
    ("restart", Rule::Accept(runtime::restart)),
    ("deploy", Rule::Accept(runtime::deploy)),
    ("logging", Rule::Accept(runtime::logging)),
    ("ulimits", Rule::Accept(runtime::ulimits)),
    ("cap_drop", Rule::Each(runtime::capability)),
    ("cap_add", Rule::Each(runtime::default_capability)),
    ("sysctls", Rule::Accept(runtime::sysctls)),
    ("security_opt", Rule::Accept(runtime::security_options)),
    ("pids_limit", Rule::Accept(runtime::pids)),
    ("cpus", Rule::Accept(scalars::cpus)),
    (
        "cpu_shares",
        Rule::Accept(|report, location, node| scalars::integer(report, location, node, 2..=1024)),
    ),
    ("mem_limit", Rule::Accept(scalars::memory)),
    ("mem_reservation", Rule::Accept(scalars::memory)),
    ("memswap_limit", Rule::Accept(scalars::memory)),
    (
        "mem_swappiness",
        Rule::Accept(|report, location, node| scalars::integer(report, location, node, 0..=100)),
    ),
    ("shm_size", Rule::Accept(scalars::memory_files)),
    // Coolify's own key: it excludes the service from the health that Coolify shows.
    ("exclude_from_hc", Rule::Accept(scalars::boolean)),
];

/// Refused keys, each with its problem.
const REFUSED: Table = &[
    ("extends", Rule::Refuse(refusals::base_file)),
    ("privileged", Rule::Refuse(refusals::privileged_service)),
    ("pid", Rule::Refuse(refusals::process_namespace)),
    ("ipc", Rule::Refuse(refusals::ipc_namespace)),
    ("uts", Rule::Refuse(refusals::uts_namespace)),
    ("userns_mode", Rule::Refuse(refusals::user_namespace)),
    ("cgroup", Rule::Refuse(refusals::cgroup_namespace)),
    ("cgroup_parent", Rule::Refuse(refusals::parent_cgroup)),
    ("devices", Rule::Refuse(refusals::host_devices)),
    ("device_cgroup_rules", Rule::Refuse(refusals::host_devices)),
    ("gpus", Rule::Refuse(refusals::host_devices)),
    ("runtime", Rule::Refuse(refusals::container_runtime)),
    ("isolation", Rule::Refuse(refusals::isolation_technology)),
    ("group_add", Rule::Refuse(refusals::host_groups)),
    ("credential_spec", Rule::Refuse(refusals::host_credentials)),
    ("storage_opt", Rule::Refuse(refusals::storage_options)),
    ("blkio_config", Rule::Refuse(refusals::block_devices)),
    ("cpuset", Rule::Refuse(refusals::reserved_processors)),
    ("cpu_period", Rule::Refuse(refusals::duplicate_cpu_limit)),
    ("cpu_quota", Rule::Refuse(refusals::duplicate_cpu_limit)),
    ("cpu_count", Rule::Refuse(refusals::duplicate_cpu_limit)),
    ("cpu_percent", Rule::Refuse(refusals::duplicate_cpu_limit)),
    ("cpu_rt_period", Rule::Refuse(refusals::reserved_processors)),
    ("cpu_rt_runtime", Rule::Refuse(refusals::reserved_processors)),
    ("oom_kill_disable", Rule::Refuse(refusals::disabled_oom_killer)),
    ("oom_score_adj", Rule::Refuse(refusals::oom_score)),
    ("ports", Rule::Refuse(refusals::published_ports)),
    ("net", Rule::Refuse(refusals::foreign_network)),
    ("external_links", Rule::Refuse(refusals::foreign_link)),
    ("extra_hosts", Rule::Refuse(refusals::host_entries)),
    ("dns", Rule::Refuse(refusals::dns_settings)),
    ("dns_opt", Rule::Refuse(refusals::dns_settings)),
    ("dns_search", Rule::Refuse(refusals::dns_settings)),
    ("volumes_from", Rule::Refuse(refusals::mounts_of_others)),
    ("volume_driver", Rule::Refuse(refusals::volume_driver)),
    ("use_api_socket", Rule::Refuse(refusals::docker_api)),
    ("provider", Rule::Refuse(refusals::host_program)),
    ("post_start", Rule::Refuse(refusals::start_hook)),
    ("pre_stop", Rule::Refuse(refusals::stop_hook)),
    ("models", Rule::Refuse(refusals::host_models)),
    ("log_driver", Rule::Refuse(refusals::legacy_logging)),
    ("log_opt", Rule::Refuse(refusals::legacy_logging)),
];

/// Judges every service of the file, and returns those without a problem in their name.
pub(super) fn services(
    report: &mut Report,
    location: &Location,
    entries: &[(String, Tree)],
) -> Vec<(String, Tree)> {
    let mut services = Vec::new();
    for (name, node) in entries {
        let location = location.key(name);
        if !names::is_service(name) {
            report.add(&location, refusals::service_name());
        } else if let Some(problem) = names::reserved_name(name, &report.rules) {
            report.add(&location, problem);
        } else {
            let service = service(report, &location, node);
            services.extend(service.map(|service| (name.clone(), service)));
        }
    }
    services
}

/// Judges a service; `extends` stays unresolved.
pub(super) fn service(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let members = fields(report, location, node, &[RUNS, CONNECTS, USES, REFUSED])?;
    // Coolify writes every empty collection as an empty mapping, where Docker wants a list.
    Some(Tree::Map(members).without_empty_lists())
}

/// `user`, or `user:group`, by name or number.
fn user(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    };
    let rule = "Write user or user:group, by name or number, like 1000:1000.";
    scalars::literal(report, location, node, 64, rule, |text| text.splitn(2, ':').all(is_name))
}

fn signal(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let is_signal_byte = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"+-".contains(&b);
    scalars::literal(report, location, node, 16, "Write a signal, like SIGTERM.", |text| {
        !text.is_empty() && text.bytes().all(is_signal_byte)
    })
}

/// `pull_policy`. `always` is not enforced: an unavailable registry would keep apps from starting
/// again, and a tag that moved would change them. Image names that may be local are refused
/// instead.
fn pull_policy(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if scalars::text_of(node) == Some("never") {
        report.add(location, refusals::unpulled_image());
        return None;
    }
    one_of(report, location, node, &["always", "missing", "if_not_present"])
}

/// Keys that share something of the host or of other containers with a service.
const CONFINEMENT_KEYS: [&str; 25] = [
    "privileged",
    "network_mode",
    "net",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "cgroup_parent",
    "cap_add",
    "security_opt",
    "devices",
    "device_cgroup_rules",
    "gpus",
    "runtime",
    "isolation",
    "group_add",
    "credential_spec",
    "ports",
    "external_links",
    "volumes_from",
    "use_api_socket",
    "provider",
    "post_start",
    "pre_stop",
];

/// Judges the log drivers of a stored file: rewriting drops one that sends logs away only from a file that is sent.
pub(crate) fn stored_log_drivers(report: &mut Report, file: &Tree) {
    let at = Location::file().key("services");
    for (name, node) in file.get("services").map(Tree::members).unwrap_or_default() {
        let driver = node.get("logging").and_then(|logging| logging.get("driver"));
        let sends = |driver: &str| driver != "none" && !runtime::is_local_log_driver(driver);
        // One with a variable was judged once it was evaluated.
        if driver.and_then(Tree::as_str).is_some_and(|it| sends(it) && !it.contains('$')) {
            let at = at.key(name).key("logging").key("driver");
            report.add(&at, refusals::remote_logging());
        }
    }
}

/// Judges the keys by which a container leaves its confinement, and nothing else of the file: what Coolify stores or
/// generates has other keys than a file that is sent.
pub(crate) fn confinement(report: &mut Report, file: &Tree) {
    let at = Location::file().key("services");
    for (name, node) in file.get("services").map(Tree::members).unwrap_or_default() {
        let members = node.members().iter();
        let judged = members.filter(|(key, _)| CONFINEMENT_KEYS.contains(&key.as_str()));
        service(report, &at.key(name), &Tree::Map(judged.cloned().collect()));
    }
}
