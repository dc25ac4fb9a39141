//! The files that Docker Compose loads: it refuses unknown keys, values of other types, names that the file does not
//! declare, and circles (compose-go 2.16.2).

use super::yaml_parser::Yaml;
use super::{interpolation_syntax, resource_limits_check};

/// The keys of a service that Docker Compose knows, as far as apps have them or Coolify adds them.
const SERVICE: [&str; 88] = [
    "annotations",
    "attach",
    "blkio_config",
    "build",
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "command",
    "configs",
    "container_name",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "credential_spec",
    "depends_on",
    "deploy",
    "develop",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "gpus",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "isolation",
    "label_file",
    "labels",
    "links",
    "logging",
    "mac_address",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "models",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "post_start",
    "pre_stop",
    "privileged",
    "profiles",
    "provider",
    "pull_policy",
    "pull_refresh_after",
    "read_only",
    "restart",
    "runtime",
    "scale",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "use_api_socket",
    "user",
    "userns_mode",
];

/// Further keys of a service.
const MORE: [&str; 5] = ["uts", "volume_driver", "volumes", "volumes_from", "working_dir"];

const HEALTH: [&str; 7] =
    ["disable", "interval", "retries", "start_interval", "start_period", "test", "timeout"];

const RESERVATIONS: [&str; 4] = ["cpus", "devices", "generic_resources", "memory"];

const MOUNT: [&str; 9] =
    ["bind", "cluster", "consistency", "image", "read_only", "source", "target", "tmpfs", "type"];

/// Returns whether Docker Compose takes a file.
pub(crate) fn is_accepted(file: &str) -> bool {
    let Some(root) = Yaml::parse(file) else { return false };
    let services = root.get("services").map(Yaml::members).unwrap_or_default();
    interpolation_syntax::is_accepted(file)
        && resource_limits_check::are_accepted(file)
        && services.iter().all(|(_, service)| is_valid(service) && is_declared(&root, service))
        && services.iter().all(|(name, _)| !is_circular(services, name))
}

/// Returns whether the members of a service are known and of the right types.
fn is_valid(service: &Yaml) -> bool {
    let knows = |keys: &[&str], of: Option<&Yaml>| {
        let members = of.map(Yaml::members).unwrap_or_default();
        members.iter().all(|(key, _)| keys.contains(&key.as_str()) || key.starts_with("x-"))
    };
    let of_service = [&SERVICE[..], &MORE[..]].concat();
    let resources = service.get("deploy").and_then(|deploy| deploy.get("resources"));
    let reservations = resources.and_then(|resources| resources.get("reservations"));
    let of_mounts = [&MOUNT[..], &["volume"]].concat();
    let mounts = service.get("volumes").map(Yaml::items).unwrap_or_default();
    let is_built = service.get("build").is_some();
    let image = service.get("image").and_then(Yaml::text);
    knows(&of_service, Some(service))
        && knows(&HEALTH, service.get("healthcheck"))
        && knows(&RESERVATIONS, reservations)
        && mounts.iter().all(|mount| knows(&of_mounts, Some(mount)))
        && (is_built || image.is_some_and(|image| !image.is_empty()))
        && is_text(service.get("restart"))
        && is_text(service.get("stop_grace_period"))
        && ["security_opt", "depends_on"].iter().all(|key| has_each_once(service.get(key)))
        && resource_limits_check::have_known_units(service)
        && ulimits(service)
        && !has_two_mounts(service)
}

/// Returns false for a plain word or number that YAML reads as another type than a text.
fn is_text(value: Option<&Yaml>) -> bool {
    let is_other = |text: &str| matches!(text, "true" | "false") || text.parse::<f64>().is_ok();
    !matches!(value, Some(Yaml::Scalar(text, true)) if is_other(text))
}

fn has_each_once(list: Option<&Yaml>) -> bool {
    let items = list.map(Yaml::items).unwrap_or_default();
    items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))
}

/// Returns whether each limit is a number, or has both of its bounds.
fn ulimits(service: &Yaml) -> bool {
    let limits = service.get("ulimits").map(Yaml::members).unwrap_or_default();
    limits.iter().all(|(_, limit)| {
        limit.text().is_some() || limit.get("soft").is_some() && limit.get("hard").is_some()
    })
}

/// Returns whether memory is mounted at the path of a volume.
fn has_two_mounts(service: &Yaml) -> bool {
    let path = |text: &str, at| {
        let path: Option<&str> = text.split(':').nth(at);
        path.unwrap_or_default().trim_end_matches('/').to_owned()
    };
    let mounts = service.get("volumes").map(Yaml::items).unwrap_or_default();
    let volumes: Vec<_> = mounts.iter().filter_map(Yaml::text).map(|text| path(text, 1)).collect();
    let tmpfs = service.get("tmpfs");
    let memory = tmpfs
        .into_iter()
        .flat_map(|one| one.text().into_iter().chain(one.items().iter().filter_map(Yaml::text)));
    memory.map(|text| path(text, 0)).any(|path| volumes.contains(&path))
}

/// Returns whether the file declares everything that a service names.
fn is_declared(root: &Yaml, service: &Yaml) -> bool {
    let has =
        |section: &str, name: &str| root.get(section).is_some_and(|it| it.get(name).is_some());
    let mounts = service.get("volumes").map(Yaml::items).unwrap_or_default();
    let volumes = mounts.iter().filter_map(|mount| {
        let source = mount.text().and_then(|text| text.split_once(':')).map(|(source, _)| source);
        source.or_else(|| mount.get("source").and_then(Yaml::text))
    });
    let mut volumes = volumes.filter(|source| !source.starts_with(['/', '.', '~']));
    let networks = service.get("networks");
    let mut networks = networks.into_iter().flat_map(names).filter(|name| *name != "default");
    let mut files = ["configs", "secrets"].into_iter().flat_map(|section| {
        let items = service.get(section).map(Yaml::items).unwrap_or_default();
        let source = |item| Yaml::text(item).or_else(|| item.get("source").and_then(Yaml::text));
        items.iter().filter_map(source).map(move |name| (section, name))
    });
    volumes.all(|name| has("volumes", name))
        && networks.all(|name| has("networks", name))
        && files.all(|(section, name)| has(section, name))
        && awaited(service).all(|name| has("services", name))
}

/// Returns the items of a list, or the keys of a mapping.
fn names(value: &Yaml) -> impl Iterator<Item = &str> {
    let keys = value.members().iter().map(|(name, _)| name.as_str());
    value.items().iter().filter_map(Yaml::text).chain(keys)
}

/// Returns the services that a service waits for.
fn awaited(service: &Yaml) -> impl Iterator<Item = &str> {
    let links = service.get("links").into_iter().flat_map(names);
    let links = links.filter_map(|link| link.split(':').next());
    service.get("depends_on").into_iter().flat_map(names).chain(links)
}

/// Returns whether a service waits for itself, over others or not.
fn is_circular(services: &[(String, Yaml)], name: &str) -> bool {
    let (mut seen, mut next) = (Vec::new(), vec![name]);
    while let Some(at) = next.pop() {
        let service = services.iter().find(|(known, _)| known == at);
        for other in service.into_iter().flat_map(|(_, service)| awaited(service)) {
            if other == name {
                return true;
            }
            if !seen.contains(&other) {
                seen.push(other);
                next.push(other);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases on which Docker Compose's own loader is asked, in the tests of the files that are sent.
    const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../compose/tests/loader/cases.txt");

    #[test]
    fn each_case_is_accepted_or_refused_as_by_docker_compose() {
        let text = format!("\n{}", std::fs::read_to_string(CASES).unwrap());
        let cases: Vec<_> =
            text.split("\n# ").skip(1).filter_map(|case| case.split_once('\n')).collect();
        assert!(cases.len() >= 30, "{}", cases.len());
        for (title, file) in cases {
            assert_eq!(is_accepted(file), title.starts_with("taken: "), "{title}");
        }
    }
}
