//! The problems for which a compose file is refused, each by its name: a table of those with a fixed text, and the
//! others as functions.

mod formatted;

pub(crate) use formatted::{
    circle, committed_link, data_file, demanded_variable, distinct_limits, docker_socket,
    duration_out_of_range, integer_out_of_range, invalid_variable, large_size, memory_out_of_range,
    missing_variable, no_profile, replaced_volume, same_volume, secret_variable, single_file,
    undeclared, unknown_key, unknown_word, volume_of_other, wrong_form,
};

/// Declares functions that return a problem with a fix.
macro_rules! refusals {
    ($($status:ident $name:ident: $problem:literal, $fix:expr;)+) => {
        $(
            #[doc = concat!("Returns this problem:\n\n```text\n", $problem, "\n```")]
            pub(crate) fn $name() -> $crate::problem::Problem {
                $crate::problem::Problem::$status($problem).fix($fix)
            }
        )+
    };
}

const REMOVE: &str = "Remove it: without it, the service runs in its own container.";
const USE_CPUS: &str = "Use cpus.";
const USE_LOGGING: &str = "Use logging.";
const USE_VOLUMES: &str = "Use named volumes, and `configs` with content for small files.";
const USE_NAMES: &str = "Remove it: services of one file reach each other by service name.";
const RENAME: &str = "Use another name, without dots.";
const NAMED: &str = "Use a named volume, like data:/var/lib/data, and declare it at top level; \
                     put small files into `configs`.";
const USE_CONTENT: &str = "Put the file's text into content.";
const USE_VARIABLE: &str = "Use environment: NAME, and set the variable with apps.envs.upsert.";
const REMOVE_NAME: &str = "Remove it: the key is the name.";

refusals! {
    // The text as YAML.
    invalid control_character: "the line contains a control character or a byte order mark",
        "Escape it in double quotes, like \"\\x1b\".";
    invalid yaml_directive: "YAML directives are not supported", "Remove the line.";
    invalid invalid_yaml: "the file is not valid YAML", "Check the indentation and the quotes there.";
    invalid empty_file: "the file is empty", "Pass a file with `services`.";
    invalid several_documents: "the file contains more than one document", "Pass one document.";
    invalid merge_source: "a merge key needs a mapping or a list of mappings",
        "Write <<: *name or <<: [*a, *b].";
    invalid quoted_merge_key: "the merge key is quoted or tagged", "Write << without quotes.";
    invalid duplicate_key: "the key appears twice", "Keep one of them.";
    invalid key_not_text: "a key is not a string", "Quote the key.";
    invalid collection_as_key: "a key is a list or a mapping", "Use a plain word as the key.";
    invalid alias_as_key: "a key is an alias", "Write the key out.";
    invalid unsupported_tag:
        "the tag is not supported: use only tags of YAML's core schema that match the value",
        "Remove the tag; Co-Vibe resolves merges itself.";
    invalid long_file: "the file is longer than 256 KiB",
        "Leave out what the app does not need, or split it into several apps.";
    invalid large_tree:
        "the file exceeds 32 levels, 20,000 values or 512 KiB, with each alias counted at full size",
        "Use fewer aliases and levels, or split it into several apps.";
    invalid anchored_key: "anchors on keys are not supported", "Put the anchor on the value.";
    invalid stray_key: "a key is outside a mapping", "Check the indentation there.";
    invalid unusual_key: "a key is empty, longer than 255 characters, or not printable ASCII",
        "Write the key with ASCII letters, digits and _ . -.";
    invalid recursive_alias: "an alias refers to a value that contains it", "Write the value out.";
    invalid unprintable_value: "a value contains a control character", "Remove the character.";

    // Services as a whole, and references between the parts of a file.
    invalid service_name: "this is not a valid service name",
        "Use at most 63 letters, digits and _ . -, but no number like 8080 or 0b1; start with a \
         letter or digit.";
    invalid resource_name: "this is not a valid name",
        "Use 2 to 63 letters, digits and _ . -, but no number like 8080 or 0b1; start with a letter or \
         digit.";
    invalid too_many_services: "the file has more than 50 services", "Split the app.";
    invalid too_many_mounts: "the file mounts more than 500 folders and anonymous volumes",
        "Mount fewer, or split the app.";
    invalid too_much_extended: "the services and those that they extend are too large together",
        "Extend fewer services, or split the app.";
    invalid no_services: "the file has no services", "Declare one with an image.";
    invalid missing_image: "the service has no image",
        "Name a published image, or pass `repo` to build the workspace's own code.";
    invalid missing_base: "the extended service is refused or does not exist", "Name a service of this file.";
    invalid extends_chain: "the service extends itself, or the chain is longer than 5 services",
        "Break the cycle, or write the service out.";

    // Refused keys. A key that is on no list is an unknown key.
    forbidden privileged_service: "a privileged container has full access to the host", REMOVE;
    forbidden process_namespace: "sharing a process namespace is not allowed", REMOVE;
    forbidden ipc_namespace: "sharing an IPC namespace is not allowed", REMOVE;
    forbidden uts_namespace: "sharing the host's UTS namespace is not allowed", REMOVE;
    forbidden user_namespace: "sharing the host's user namespace is not allowed", REMOVE;
    forbidden cgroup_namespace: "sharing the host's cgroup namespace is not allowed", REMOVE;
    forbidden parent_cgroup: "a parent cgroup would bypass the platform's limits", REMOVE;
    forbidden added_capabilities: "adding capabilities is not allowed",
        "Remove cap_add together with cap_drop: without cap_drop, the container has Docker's \
        default capabilities.";
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
    forbidden start_hook: "lifecycle hooks are not supported",
        "Run the command in the service's entrypoint before its program, or with apps.exec after the start.";
    forbidden stop_hook: "lifecycle hooks are not supported", "Handle the stop signal in the program.";
    invalid build_section: "there is no source code to build",
        "Name a published image, or pass `repo` to build from the workspace's own repository.";
    forbidden host_models: "running models on the host is not allowed", "Remove it.";
    invalid legacy_logging: "this logging option is deprecated in Compose", USE_LOGGING;
    forbidden base_file: "reading a host file is not allowed", "Put the service into this file.";
    forbidden reserved_devices: "access to devices of the host is not allowed", "Remove it.";
    invalid declared_networks: "networks are not sent", USE_NAMES;
    invalid file_version: "the key is not sent", REMOVE;
    invalid project_name: "the key is not sent", REMOVE;
    invalid published_ports: "publishing a port on the host is not allowed", "List the container's port under expose.";
    forbidden included_files: "including other files is not allowed", "Pass one complete file.";
    invalid remote_context: "the build context is not in the repository",
        "Copy the folder into the repository, and name it as the context.";
    invalid outer_context: "the folder is not below the one that is built",
        "Set `baseDirectory` to the folder above both, like /.";
    invalid outer_dockerfile: "the Dockerfile is not below its context",
        "Write its path from the context, like docker/Dockerfile.";
    invalid inline_dockerfile: "a Dockerfile inside the compose file can't be checked",
        "Commit it as a file, and name that as dockerfile.";
    forbidden image_labels: "labels of an image can take the domains of others", "Remove it.";
    invalid more_contexts: "only one folder can be built", "Copy the files into the context.";
    invalid build_secrets: "secrets of a build are not supported", "Set the value in envs, and pass it as one of args.";
    invalid argument_of_container: "Coolify also gives this argument to the container, in place of \
        the environment's value",
        "Rename one of the two.";
    invalid generated_domain: "Coolify would give the service a domain outside of the workspace",
        "Set the URL in envs, under a name of your own, like PUBLIC_URL.";
    forbidden build_of_host: "a build can't share anything with the host", "Remove it.";

    // Values of any key.
    invalid not_text: "the value is not a string", "Quote it.";
    invalid not_boolean: "the value is neither true nor false", "Write true or false.";
    invalid neither_mapping_nor_list: "the value is neither a mapping nor a list", "Write NAME: value.";
    invalid not_an_assignment: "the item is not of the form NAME=value", "Write NAME=value.";
    invalid duplicate_name: "the name appears twice", "Keep one of them.";
    invalid unsupported_variable: "a variable is not supported here",
        "Write the value out: variables are supported in environment, command, entrypoint, \
         healthcheck.test, labels, configs and an image's tag.";
    invalid malformed_image: "the value is not an image reference",
        "Write it in lower case, like postgres:17 or ghcr.io/owner/name:1.2.";
    forbidden local_image: "the name may refer to an image of another app on the host",
        "Name an image from a registry, like postgres:17 or ghcr.io/owner/name:1.2.";
    forbidden private_registry: "the image's registry has no public name, or uses a port other than 443",
        "Name an image from a public registry. The operator can allow others with COVIBE_IMAGE_REGISTRIES.";
    forbidden unpulled_image: "running an image that others put on the host is not allowed",
        "Remove it: an image that is not on the host is pulled.";
    forbidden weakened_confinement: "weakening the container's confinement is not allowed", "Remove it.";
    forbidden remote_logging: "sending logs away from the host is not allowed", "Use json-file or local.";
    invalid long_wait: "other services would wait more than 9 minutes for this service's health \
                        check",
        "Write an interval and a timeout of at most 9 minutes together.";
    forbidden unlimited: "-1 would remove the limit, and the container could use up the host's \
                          memory or processes",
        "Write a number from 0 to 1048576, or leave the limit out.";
    invalid half_limit: "the limit lacks one of its bounds", "Write both: {soft: 65536, hard: 65536}, or one number.";
    invalid unknown_limit: "this limit is not supported", "Remove it.";
    invalid health_test: "the list does not start with CMD, CMD-SHELL or NONE, or has the wrong length",
        "Write [CMD, program, argument], or one string for a shell.";
    invalid not_mapping: "the value is not a mapping", "Write key: value, one for each line.";
    invalid not_list: "the value is not a list", "Write [a, b].";
    invalid too_many_members: "the value has more than 500 fields", "Leave out some of them.";
    invalid long_text: "the value is longer than 64 KiB", "Shorten it.";

    // Networks, and the names on them.
    forbidden network_mode: "leaving the app's own networks is not allowed",
        "Remove it: services of one file reach each other by service name.";
    invalid duplicate_item: "a name appears twice", "Keep one of them.";
    forbidden platform_name: "the platform's own proxy reaches a program of the operator by this name",
        "Use another name, like app or web, and adapt the places where the file refers to it.";
    forbidden uuid_name: "the name looks like an id by which other containers are found", RENAME;
    forbidden internet_name: "the platform's proxy could resolve an internet host to this container", RENAME;

    // Volumes and mounts.
    forbidden host_mount: "mounting a host path is not allowed", NAMED;
    invalid malformed_mount: "the mount is not of the form name:/path or name:/path:ro", NAMED;
    invalid incomplete_mount: "the mount lacks a field or has one too many",
        "Write type: volume with source and target, or type: tmpfs with target.";
    invalid two_mounts: "a volume is mounted at this path, too", "Keep one of them.";
    forbidden volume_options: "driver options can mount a host path", "Remove it.";

    // Configs and secrets.
    invalid missing_source: "the source is missing", "Name a config or secret that is declared at top level.";
    forbidden config_file: "reading a host file is not allowed", USE_CONTENT;
    forbidden external_config: "using a config from outside this app is not allowed", USE_CONTENT;
    forbidden config_name: "using a config from outside this app is not allowed", REMOVE_NAME;
    forbidden secret_file: "reading a host file is not allowed", USE_VARIABLE;
    forbidden external_secret: "using a secret from outside this app is not allowed", USE_VARIABLE;
    forbidden secret_name: "using a secret from outside this app is not allowed", REMOVE_NAME;
    forbidden secret_driver: "using a secret from outside this app is not allowed", USE_VARIABLE;
    invalid secret_content: "Docker Compose does not support content in secrets", USE_VARIABLE;
    invalid template_driver: "the key has no effect here", "Remove it.";
    invalid ambiguous_content: "the declaration needs exactly one source of content",
        "Give a config content or environment, and a secret environment.";
    invalid content_not_text: "the content is not a string", "Write it as a block: content: |";

    // Variables.
    invalid variable_name: "this is not a valid variable name",
        "Use letters, digits and _, without variables.";
    forbidden configures_compose: "the variable configures Docker Compose on the host",
        "Remove it: an app can't use the host's Docker. For anything else, use another name.";
    forbidden claimed_domain: "the variable claims a domain",
        "Leave out its value, and assign domains with `composeDomains` or apps.domains.set.";
    invalid odd_domain_variable: "Coolify does not let a variable with this name follow the domain",
        "Use letters, digits and _ after SERVICE_FQDN_ or SERVICE_URL_.";
    forbidden host_variable: "the host has a variable with this name, which would be exposed or changed",
        "Write its value out, or use a variable with another name.";
    invalid unstored_name: "Coolify does not store this value under a name that contains -",
        "Use a name of letters, digits and _.";
    invalid several_lines: "a value with variables has more than one line",
        "Write the value on one line, or set it with apps.envs.upsert.";
    forbidden shared_variable: "the value reads a variable that is shared between workspaces",
        "Pass the value itself, or set it with apps.envs.upsert.";
    invalid malformed_variable: "a $ does not start a variable", "Write $$ for a literal $.";
    invalid many_variables: "the value has more than 10,000 variables",
        "Use fewer variables: write the values out.";
    invalid nested_variables: "defaults of variables are nested more than 8 levels deep",
        "Write the inner defaults out.";
    // A file that was not evaluated as a whole may reach anything.
    forbidden long_values:
        "with its variables replaced, a text is longer than 64 KiB, or the values exceed 512 KiB in total",
        "Shorten the values in envs, or use them in fewer places of the file.";
    forbidden host_reference: "the value refers to a variable that configures the host",
        "Use a variable with another name.";
    forbidden overridden_domain: "the value sets a variable that follows the domains",
        "Refer to it without a default, like ${SERVICE_URL_WEB}.";
    invalid misread_value: "Coolify misreads a value that starts with $ like this one",
        "Pass the value in envs, with each $ once, and write ${NAME} here.";

    // What rewriting cannot make harmless.
    invalid malformed_port: "the port is not of the form [[address:]host:]container[/protocol]",
        "Write the container's port, like \"3000\".";
    invalid long_port_range: "the range has more than 20 ports", "List the ports that matter under expose.";
    invalid folder_with_content: "the folder may have files that the app needs, but it would be \
                                  empty here",
        "If the app writes them, mount a named volume, like data:/data. If it reads them, put each \
         file into `configs` with `content`.";
    invalid committed_folder: "the folder has files that a compose file can't hold: more than 50, \
        more than 128 KiB, or not text",
        "Build an image that has them: name a Dockerfile with COPY as the service's build.";
    invalid scaled_to_none: "no service remains: each is scaled to 0",
        "Leave out scale and deploy.replicas.";
    invalid read_only_with_files: "Docker Compose can't write configs and secrets into a read-only container",
        "Remove read_only.";
    invalid dollar_in_row: "the file uses this variable where Coolify writes its value without escaping $",
        "Use a value of letters and digits.";
    invalid log_file: "a single host file can't be mounted",
        "Leave it out: apps.logs shows what the app prints, and apps.exec reads a log in the container.";
    invalid binary_file: "the file is next to the compose file, not in it",
        "Build an image with it: pass `repo` with a Dockerfile. A binary file can't be passed in a compose file.";
}
