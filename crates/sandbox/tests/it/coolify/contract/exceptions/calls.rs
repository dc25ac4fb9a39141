//! Successful answers of single calls.

use super::{BEFORE_4_2, EVERY, Exception, SINCE_4_2, UNDESCRIBED};
use covibe_sandbox::coolify::Version;

/// The calls that start, stop and restart, by GET.
macro_rules! lifecycle_by_get {
    ($($status:literal),+) => {
        &[$(
            concat!("GET /applications/{uuid}/start ", $status),
            concat!("GET /applications/{uuid}/stop ", $status),
            concat!("GET /applications/{uuid}/restart ", $status),
            concat!("GET /databases/{uuid}/start ", $status),
            concat!("GET /databases/{uuid}/stop ", $status),
            concat!("GET /databases/{uuid}/restart ", $status),
            concat!("GET /services/{uuid}/start ", $status),
            concat!("GET /services/{uuid}/stop ", $status),
            concat!("GET /services/{uuid}/restart ", $status),
        )+]
    };
}
pub(super) use lifecycle_by_get;

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        places: &[
            "DELETE /applications/{uuid}/tags/{tag_uuid} 200",
            "GET /applications/{uuid}/destinations 200",
            "POST /applications/{uuid}/scheduled-tasks/{task_uuid}/execute 200",
            "POST /services/{uuid}/scheduled-tasks/{task_uuid}/execute 200",
        ],
        what: "has a body that is not described",
        reason: "answered with a body (seen with 4.3.11)",
        versions: SINCE_4_2,
    },
    Exception {
        places: &[
            "POST /databases/clickhouse 201",
            "POST /databases/dragonfly 201",
            "POST /databases/keydb 201",
            "POST /databases/mariadb 201",
            "POST /databases/mongodb 201",
            "POST /databases/mysql 201",
            "POST /databases/postgresql 201",
            "POST /databases/redis 201",
        ],
        what: UNDESCRIBED,
        reason: "201 with uuid and URLs; the description has a 200 without a body",
        versions: EVERY,
    },
    Exception {
        places: &["PATCH /databases/{uuid} 200"],
        what: "has a body that is not described",
        reason: "answers {message}; the description has no body",
        versions: EVERY,
    },
    Exception {
        places: &[
            "GET /databases 200",
            "GET /databases/{uuid} 200",
            "GET /databases/{uuid}/backups 200",
            "GET /resources 200",
        ],
        what: "is no string",
        reason: "a list of the models, and one of them; the description has a text",
        versions: EVERY,
    },
    Exception {
        places: &["GET /deployments/applications/{uuid} 200"],
        what: "is no array",
        reason: "{count, deployments}; the description has a list of applications",
        versions: EVERY,
    },
    Exception {
        places: &["GET /deployments 200"],
        what: "is no array",
        reason: "a filtered collection that kept its keys",
        versions: &[Version::V4_1],
    },
    Exception {
        places: &[
            "POST /applications/dockerfile 201.domains",
            "POST /applications/dockerimage 201.domains",
            "POST /applications/private-deploy-key 201.domains",
            "POST /applications/public 201.domains",
        ],
        what: UNDESCRIBED,
        reason: "creations answer uuid and domains",
        versions: EVERY,
    },
    Exception {
        places: &["POST /services/{uuid}/envs 201.*"],
        what: UNDESCRIBED,
        reason: "the variable is answered whole; the description has its uuid alone",
        versions: EVERY,
    },
    Exception {
        places: &["PATCH /security/keys/{uuid} 201"],
        what: UNDESCRIBED,
        reason: "the route has the id in its path; the description has not",
        versions: EVERY,
    },
    Exception {
        places: lifecycle_by_get!("200"),
        what: UNDESCRIBED,
        reason: "served on GET too until 4.2",
        versions: BEFORE_4_2,
    },
    Exception {
        places: &["GET /deploy 200"],
        what: UNDESCRIBED,
        reason: "served on GET too until 4.2",
        versions: BEFORE_4_2,
    },
    Exception {
        places: &["POST /applications/{uuid} 201"],
        what: UNDESCRIBED,
        reason: "POST /applications/dockercompose made a service; gone since 4.1.0",
        versions: &[Version::Beta473],
    },
];
