//! The keys of a service that are refused with a reason; what is on no list is refused without.

use super::table::{Rule, Table};

const ALONE: &str = "Remove it: the service runs without it, in a container of its own.";
const NAMED: &str = "Use named volumes, and `configs` with content for small files.";
const ROUTED: &str =
    "Remove it and list the container's port under expose: the domain is routed to it.";
const FIND: &str = "Remove it: services of one file find each other by name.";
const INLINE: &str = "Put the variables into environment, or set them with apps.envs.upsert.";

pub(crate) const REFUSED: Table = &[
    ("privileged", Rule::Escape("it gives the container the host", ALONE)),
    ("pid", Rule::Escape("it shares processes outside of the container", ALONE)),
    ("ipc", Rule::Escape("it shares memory outside of the container", ALONE)),
    ("uts", Rule::Escape("it shares the host's name", ALONE)),
    ("userns_mode", Rule::Escape("it shares the host's users", ALONE)),
    ("cgroup", Rule::Escape("it shares the host's control groups", ALONE)),
    ("cgroup_parent", Rule::Escape("it leaves the limits of the platform", ALONE)),
    ("cap_add", Rule::Escape("it adds capabilities", ALONE)),
    ("devices", Rule::Escape("it takes devices of the host", ALONE)),
    ("device_cgroup_rules", Rule::Escape("it takes devices of the host", ALONE)),
    ("gpus", Rule::Escape("it takes devices of the host", ALONE)),
    ("runtime", Rule::Escape("it chooses what confines the container", ALONE)),
    ("isolation", Rule::Escape("it chooses what confines the container", ALONE)),
    ("sysctls", Rule::Escape("it sets parameters of the kernel", ALONE)),
    ("group_add", Rule::Escape("it joins groups of the host", ALONE)),
    ("credential_spec", Rule::Escape("it takes credentials of the host", ALONE)),
    (
        "annotations",
        Rule::Escape("the host's container runtime acts on annotations", "Use labels."),
    ),
    ("storage_opt", Rule::Escape("it configures the host's storage", ALONE)),
    ("blkio_config", Rule::Escape("it names devices of the host", ALONE)),
    ("cpuset", Rule::Escape("it takes processors of the host for itself", "Use cpus.")),
    ("cpu_period", Rule::Useless("it is one of several ways to say cpus", "Use cpus.")),
    ("cpu_quota", Rule::Useless("it is one of several ways to say cpus", "Use cpus.")),
    ("cpu_count", Rule::Useless("it is one of several ways to say cpus", "Use cpus.")),
    ("cpu_percent", Rule::Useless("it is one of several ways to say cpus", "Use cpus.")),
    ("cpu_rt_period", Rule::Escape("it takes processors of the host for itself", "Use cpus.")),
    ("cpu_rt_runtime", Rule::Escape("it takes processors of the host for itself", "Use cpus.")),
    ("oom_kill_disable", Rule::Escape("the host could not end it when memory is short", ALONE)),
    ("oom_score_adj", Rule::Escape("the host would end others before it", ALONE)),
    ("ports", Rule::Escape("it publishes a port on the host", ROUTED)),
    ("container_name", Rule::Escape("names of containers belong to the whole host", FIND)),
    ("mac_address", Rule::Escape("it claims an address", FIND)),
    ("net", Rule::Escape("it leaves the app's own networks", FIND)),
    ("external_links", Rule::Escape("it reaches containers of other apps", FIND)),
    ("extra_hosts", Rule::Escape("it gives names to hosts outside of this app", FIND)),
    ("dns", Rule::Escape("it chooses who resolves names", FIND)),
    ("dns_opt", Rule::Escape("it chooses who resolves names", FIND)),
    ("dns_search", Rule::Escape("it chooses who resolves names", FIND)),
    ("volumes_from", Rule::Escape("it mounts what others have mounted", NAMED)),
    ("volume_driver", Rule::Escape("its volumes would not be local ones", NAMED)),
    ("env_file", Rule::Escape("it reads a file of the host", INLINE)),
    ("label_file", Rule::Escape("it reads a file of the host", "Put the labels into labels.")),
    ("use_api_socket", Rule::Escape("it gives the container the host's docker", ALONE)),
    ("provider", Rule::Escape("it runs a program on the host", ALONE)),
    ("post_start", Rule::Escape("hooks may run with privileges", "Use apps.exec after the start.")),
    ("pre_stop", Rule::Escape("hooks may run with privileges", "Handle the stop signal.")),
    (
        "build",
        Rule::Useless(
            "there are no sources here",
            "Name a published image, or pass `repo` to build from the workspace's own repository.",
        ),
    ),
    ("develop", Rule::Useless("there are no sources here", "Remove it.")),
    ("models", Rule::Escape("it runs models on the host", "Remove it.")),
    ("log_driver", Rule::Useless("it is an old way to say logging", "Use logging.")),
    ("log_opt", Rule::Useless("it is an old way to say logging", "Use logging.")),
];
