//! Refused keys of a service. A key that is on no list is an unknown key.

use super::refusals;

const REMOVE: &str = "Remove it: the service runs in a container of its own without it.";
const USE_CPUS: &str = "Use cpus.";
const USE_LOGGING: &str = "Use logging.";
const USE_VOLUMES: &str = "Use named volumes, and `configs` with content for small files.";
const USE_NAMES: &str = "Remove it: services of one file reach each other by service name.";

refusals! {
    forbidden privileged_service: "a privileged container has full access to the host", REMOVE;
    forbidden process_namespace: "sharing a process namespace is not allowed", REMOVE;
    forbidden ipc_namespace: "sharing an IPC namespace is not allowed", REMOVE;
    forbidden uts_namespace: "sharing the host's UTS namespace is not allowed", REMOVE;
    forbidden user_namespace: "sharing the host's user namespace is not allowed", REMOVE;
    forbidden cgroup_namespace: "sharing the host's cgroup namespace is not allowed", REMOVE;
    forbidden parent_cgroup: "a parent cgroup would bypass the platform's limits", REMOVE;
    forbidden added_capabilities: "adding capabilities is not allowed",
        "Remove cap_add together with cap_drop: without cap_drop the container has docker's default ones.";
    forbidden host_devices: "access to devices of the host is not allowed", REMOVE;
    forbidden container_runtime: "choosing the container runtime is not allowed", REMOVE;
    forbidden isolation_technology: "choosing the isolation technology is not allowed", REMOVE;
    forbidden kernel_parameters: "setting kernel parameters is not allowed", REMOVE;
    forbidden host_groups: "joining groups of the host is not allowed", REMOVE;
    forbidden host_credentials: "using credentials of the host is not allowed", REMOVE;
    forbidden storage_options: "configuring the host's storage is not allowed", REMOVE;
    forbidden block_devices: "configuring devices of the host is not allowed", REMOVE;
    forbidden reserved_processors: "reserving processors of the host is not allowed", USE_CPUS;
    invalid duplicate_cpu_limit: "this CPU limit is not supported", USE_CPUS;
    forbidden disabled_oom_killer: "the host must be able to stop the container when memory runs out", REMOVE;
    forbidden oom_score: "the host would stop other containers first when memory runs out", REMOVE;
    forbidden foreign_network: "joining a network of another app or of the host is not allowed", USE_NAMES;
    forbidden foreign_link: "links to containers of other apps are not allowed", USE_NAMES;
    forbidden host_entries: "adding names for hosts outside this app is not allowed", USE_NAMES;
    forbidden dns_settings: "choosing how names are resolved is not allowed", USE_NAMES;
    forbidden mounts_of_others: "mounting the volumes of another container is not allowed", USE_VOLUMES;
    forbidden volume_driver: "volumes with another driver are not allowed", USE_VOLUMES;
    forbidden docker_api: "access to the host's Docker is not allowed", REMOVE;
    forbidden host_program: "running a program on the host is not allowed", REMOVE;
    forbidden start_hook: "lifecycle hooks can run with privileges", "Use apps.exec after the start.";
    forbidden stop_hook: "lifecycle hooks can run with privileges", "Handle the stop signal in the program.";
    invalid build_section: "there is no source code to build",
        "Name a published image, or pass `repo` to build from the workspace's own repository.";
    forbidden host_models: "running models on the host is not allowed", "Remove it.";
    invalid legacy_logging: "this logging option is deprecated in Compose", USE_LOGGING;
    forbidden base_file: "reading a file of the host is not allowed", "Put the service into this file.";
    forbidden reserved_devices: "access to devices of the host is not allowed", "Remove it.";
    invalid declared_networks: "networks are not sent", USE_NAMES;
    invalid file_version: "the key is not sent", REMOVE;
    invalid project_name: "the key is not sent", REMOVE;
    invalid published_ports: "publishing a port on the host is not allowed", "List the container's port under expose.";
    forbidden included_files: "including other files is not allowed", "Pass one complete file.";
    invalid remote_context: "what is built is not in the repository",
        "Copy the folder into the repository, and name it as the context.";
    invalid outer_context: "the folder is not below the one that is built",
        "Set baseDirectory to the folder above both, like /.";
    invalid outer_dockerfile: "the Dockerfile is not below its context",
        "Write its path from the context, like docker/Dockerfile.";
    invalid inline_dockerfile: "a Dockerfile within the compose file is not checked",
        "Commit it as a file, and name that as dockerfile.";
    forbidden image_labels: "labels of an image can take the domains of others", "Remove it.";
    invalid more_contexts: "one folder is built", "Copy the files into the context.";
    invalid build_secrets: "the build has no secrets", "Set the value in envs, and pass it as one of args.";
    invalid argument_of_container: "Coolify gives it to the container, too, in place of the environment's value",
        "Give one of both another name.";
    invalid generated_domain: "Coolify would give the service a domain outside of the workspace",
        "Set the URL in envs, under a name of your own, like PUBLIC_URL.";
    forbidden build_of_host: "a build does not share anything of the host", "Remove it.";
}
