//! The calls that have a body or a query, with their fields.

use covibe_domain::shell::{
    Branch, BuildCommand, CommitSha, HealthPath, MountPath, Ports, RepoPath, VolumeName,
};

use super::patterns::{
    BASE64, BUILD_PACK, COMPOSE_SERVICE, CPUS, ID, IMAGE, IMAGE_NAME, IMAGE_TAG, LOGIN,
    MAX_CLONE_URL, MAX_TEMPLATE, MAX_VARIABLE, MEMORY, NAME, NO_REPOSITORY, NO_SSH_REPOSITORY,
    OF_HOST, PASSWORD, PRIVATE_KEY, REPOSITORY, TEMPLATE, URLS, VALUE, VARIABLE, WATCHED, WORDS,
    WORKSPACE_NETWORK,
};
use super::rule::Rule::{Except, Flag, List, Number, OptionalNumber, Text};
use super::rule::{Call, Field, Rule};

const BRANCH: Rule = Text(Branch::MAX_LENGTH, Branch::PATTERN);
const COMMAND: Rule = Text(BuildCommand::MAX_LENGTH, BuildCommand::PATTERN);
/// A whole hash: a build uses the commit that was judged, whatever a name means later.
const COMMIT: Rule = Text(CommitSha::MAX_LENGTH, "[0-9a-f]{40}|[0-9a-f]{64}");
/// Volumes only: no files and no folders of the host.
const STORAGE: Rule = Text(10, "persistent");
const PATH: Rule = Text(RepoPath::MAX_LENGTH, RepoPath::PATTERN);
const MOUNT: Rule = Text(MountPath::MAX_LENGTH, MountPath::PATTERN);
const PORTS: Rule = Text(Ports::MAX_LENGTH, Ports::PATTERN);

const NAMED: &[Field] = &[Field("name", Text(255, NAME))];

const DESCRIBED: &[Field] = &[Field("description", Text(255, WORDS))];

const PLACE: &[Field] = &[
    Field("project_uuid", Text(36, ID)),
    Field("environment_name", Text(255, NAME)),
    Field("environment_uuid", Text(36, ID)),
    Field("server_uuid", Text(36, ID)),
    Field("destination_uuid", Text(36, ID)),
];

const START: &[Field] = &[Field("instant_deploy", Flag)];

/// Fields of both kinds of applications.
const APPLICATION: &[Field] =
    &[Field("ports_exposes", PORTS), Field("domains", Text(16_384, URLS))];

/// The limits of a container.
const LIMITED: &[Field] = &[
    Field("limits_memory", Text(7, MEMORY)),
    Field("limits_memory_swap", Text(7, MEMORY)),
    Field("limits_cpus", Text(6, CPUS)),
];

/// The restart limit of an application, which is only ever turned off.
const RESTARTS: &[Field] = &[Field("max_restart_count", Number(0, 0))];

/// The image of an application that is not built.
const READY: &[Field] = &[
    Field("docker_registry_image_name", Text(330, IMAGE_NAME)),
    Field("docker_registry_image_tag", Text(128, IMAGE_TAG)),
];

/// The build settings of an application, besides its repository.
const BUILT: &[Field] = &[
    Field("git_branch", BRANCH),
    Field("build_pack", Text(20, BUILD_PACK)),
    Field("base_directory", PATH),
    Field("dockerfile_location", PATH),
    Field("docker_compose_location", PATH),
];

const SERVICE_DOMAINS: &[Field] = &[Field(
    "docker_compose_domains",
    List(500, &[&[Field("name", Text(255, COMPOSE_SERVICE)), Field("domain", Text(16_384, URLS))]]),
)];

const COMPOSE: &[Field] = &[
    Field("docker_compose_raw", Text(349_528, BASE64)),
    Field(
        "urls",
        List(
            500,
            &[&[Field("name", Text(255, COMPOSE_SERVICE)), Field("url", Text(16_384, URLS))]],
        ),
    ),
];

const DATABASE: &[Field] = &[
    Field("image", Text(330, IMAGE)),
    Field("is_public", Flag),
    Field("public_port", Number(1024, 65_535)),
];

const VARIABLES: &[Field] = &[
    Field("key", Except(MAX_VARIABLE, VARIABLE, OF_HOST)),
    Field("value", Text(65_536, VALUE)),
    Field("is_literal", Flag),
    Field("is_multiline", Flag),
    Field("is_shown_once", Flag),
];

/// Fields of an application's variable.
const STAGES: &[Field] = &[Field("is_preview", Flag), Field("is_buildtime", Flag)];

const KEY: &[Field] = &[Field("private_key", Text(16_384, PRIVATE_KEY))];

const REMOVAL: &[Field] = &[
    Field("delete_configurations", Flag),
    Field("delete_volumes", Flag),
    Field("docker_cleanup", Flag),
    Field("delete_connected_networks", Flag),
];

/// The list. A call that is not on it has neither a body nor a query.
pub const CALLS: &[Call] = &[
    body_call("POST", "/projects", &[NAMED, DESCRIBED]),
    body_call("POST", "/projects/{uuid}/environments", &[NAMED]),
    body_call(
        "POST",
        "/servers/{uuid}/destinations",
        &[NAMED, &[Field("network", Text(31, WORKSPACE_NETWORK))]],
    ),
    body_call("POST", "/security/keys", &[NAMED, DESCRIBED, KEY]),
    body_call("PATCH", "/security/keys/{uuid}", &[NAMED, DESCRIBED, KEY]),
    body_call(
        "POST",
        "/applications/public",
        &[
            PLACE,
            NAMED,
            DESCRIBED,
            START,
            APPLICATION,
            LIMITED,
            RESTARTS,
            BUILT,
            SERVICE_DOMAINS,
            &[
                Field("git_repository", Text(600, NO_REPOSITORY)),
                Field("is_auto_deploy_enabled", Flag),
                Field("autogenerate_domain", Flag),
            ],
        ],
    ),
    body_call(
        "POST",
        "/applications/private-deploy-key",
        &[
            PLACE,
            NAMED,
            DESCRIBED,
            START,
            APPLICATION,
            LIMITED,
            RESTARTS,
            BUILT,
            &[
                Field("git_repository", Text(600, NO_SSH_REPOSITORY)),
                Field("private_key_uuid", Text(36, ID)),
                Field("is_auto_deploy_enabled", Flag),
                Field("autogenerate_domain", Flag),
            ],
        ],
    ),
    body_call(
        "POST",
        "/applications/dockerimage",
        &[
            PLACE,
            NAMED,
            DESCRIBED,
            START,
            APPLICATION,
            LIMITED,
            RESTARTS,
            READY,
            &[Field("autogenerate_domain", Flag)],
        ],
    ),
    body_call(
        "PATCH",
        "/applications/{uuid}",
        &[
            NAMED,
            DESCRIBED,
            APPLICATION,
            LIMITED,
            RESTARTS,
            SERVICE_DOMAINS,
            READY,
            BUILT,
            &[
                Field("git_repository", Text(MAX_CLONE_URL, REPOSITORY)),
                Field("git_commit_sha", COMMIT),
                Field("connect_to_docker_network", Flag),
                Field("watch_paths", Text(80, WATCHED)),
                Field("is_auto_deploy_enabled", Flag),
                Field("is_preview_deployments_enabled", Flag),
                Field("is_git_lfs_enabled", Flag),
                Field("is_git_submodules_enabled", Flag),
                Field("publish_directory", PATH),
                Field("install_command", COMMAND),
                Field("build_command", COMMAND),
                Field("start_command", COMMAND),
                Field("health_check_enabled", Flag),
                Field("health_check_path", Text(HealthPath::MAX_LENGTH, HealthPath::PATTERN)),
                Field("health_check_port", OptionalNumber(1, 65_535)),
                Field("health_check_interval", Number(1, 300)),
                Field("health_check_timeout", Number(1, 300)),
                Field("health_check_retries", Number(1, 30)),
                Field("health_check_start_period", Number(0, 600)),
            ],
        ],
    ),
    body_call(
        "PATCH",
        "/applications/{uuid}/envs/bulk",
        &[&[Field("data", List(400, &[VARIABLES, STAGES]))]],
    ),
    body_call(
        "POST",
        "/applications/{uuid}/storages",
        &[&[
            Field("type", STORAGE),
            Field("name", Text(VolumeName::MAX_LENGTH, VolumeName::PATTERN)),
            Field("mount_path", MOUNT),
        ]],
    ),
    body_call(
        "PATCH",
        "/applications/{uuid}/storages",
        &[&[Field("type", STORAGE), Field("uuid", Text(36, ID)), Field("mount_path", MOUNT)]],
    ),
    body_call("PATCH", "/services/{uuid}/envs/bulk", &[&[Field("data", List(400, &[VARIABLES]))]]),
    body_call(
        "POST",
        "/services",
        &[PLACE, NAMED, DESCRIBED, START, COMPOSE, &[Field("type", Text(MAX_TEMPLATE, TEMPLATE))]],
    ),
    body_call(
        "PATCH",
        "/services/{uuid}",
        &[NAMED, DESCRIBED, COMPOSE, &[Field("connect_to_docker_network", Flag)]],
    ),
    body_call(
        "PATCH",
        "/services/{uuid}/applications/{part}",
        &[&[Field("exclude_from_status", Flag)]],
    ),
    database(
        "/databases/postgresql",
        &[login("postgres_user"), password("postgres_password"), login("postgres_db")],
    ),
    database(
        "/databases/mysql",
        &[login("mysql_user"), password("mysql_password"), login("mysql_database")],
    ),
    database(
        "/databases/mariadb",
        &[login("mariadb_user"), password("mariadb_password"), login("mariadb_database")],
    ),
    database(
        "/databases/mongodb",
        &[
            login("mongo_initdb_root_username"),
            password("mongo_initdb_root_password"),
            login("mongo_initdb_database"),
        ],
    ),
    database("/databases/redis", &[password("redis_password")]),
    database("/databases/keydb", &[password("keydb_password")]),
    database("/databases/dragonfly", &[password("dragonfly_password")]),
    database(
        "/databases/clickhouse",
        &[login("clickhouse_admin_user"), password("clickhouse_admin_password")],
    ),
    body_call("PATCH", "/databases/{uuid}", &[NAMED, DESCRIBED, DATABASE, LIMITED]),
    body_call("POST", "/deploy", &[&[Field("uuid", Text(36, ID)), Field("force", Flag)]]),
    query_call("POST", "/services/{uuid}/restart", &[Field("latest", Flag)]),
    query_call("POST", "/applications/{uuid}/stop", STOP),
    query_call("POST", "/databases/{uuid}/stop", STOP),
    query_call("POST", "/services/{uuid}/stop", STOP),
    query_call("DELETE", "/applications/{uuid}", REMOVAL),
    query_call("DELETE", "/databases/{uuid}", REMOVAL),
    query_call("DELETE", "/services/{uuid}", REMOVAL),
    query_call("GET", "/applications/{uuid}/logs", &[LINES]),
    query_call(
        "GET",
        "/services/{uuid}/logs",
        &[LINES, Field("sub_service_name", Text(255, COMPOSE_SERVICE))],
    ),
    query_call(
        "GET",
        "/deployments/applications/{uuid}",
        &[Field("skip", Number(0, 1_000_000)), Field("take", Number(1, 1_000))],
    ),
];

/// The switch for the cleanup at a stop.
const STOP: &[Field] = &[Field("docker_cleanup", Flag)];

/// The number of lines that are read of a container's log.
const LINES: Field = Field("lines", Number(1, 10_000));

const fn body_call(
    method: &'static str,
    path: &'static str,
    body: &'static [&'static [Field]],
) -> Call {
    Call { method, path, query: &[], body, own: &[] }
}

const fn query_call(method: &'static str, path: &'static str, query: &'static [Field]) -> Call {
    Call { method, path, query, body: &[], own: &[] }
}

/// Returns the creation of a database with the credentials of its flavor.
const fn database(path: &'static str, own: &'static [Field]) -> Call {
    Call {
        method: "POST",
        path,
        query: &[],
        body: &[PLACE, NAMED, DESCRIBED, START, DATABASE, LIMITED],
        own,
    }
}

const fn login(name: &'static str) -> Field {
    Field(name, Text(63, LOGIN))
}

const fn password(name: &'static str) -> Field {
    Field(name, Text(128, PASSWORD))
}
