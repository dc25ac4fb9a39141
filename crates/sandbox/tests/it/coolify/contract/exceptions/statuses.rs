//! Refusals that the description does not have for their call, or has without a body.

use super::calls::lifecycle_by_get;
use super::{BEFORE_4_2, EVERY, Exception, SINCE_4_2, UNDESCRIBED};
use covibe_sandbox::coolify::Version;

const BODILESS: &str = "has a body that is not described";

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        places: &["* 429"],
        what: UNDESCRIBED,
        reason: "Laravel's limiter is in front of every route, as X-RateLimit-* headers tell; and \
                 /deploy is refused when the server's queue is full",
        versions: EVERY,
    },
    Exception {
        places: &[
            "DELETE /projects/{uuid}/environments/{environment_name_or_uuid} 404",
            "DELETE /security/keys/{uuid} 404",
            "GET /projects/{uuid} 404",
            "GET /projects/{uuid}/environments 404",
            "GET /security/keys/{uuid} 404",
        ],
        what: BODILESS,
        reason: "{message}, as every other 404",
        versions: EVERY,
    },
    Exception {
        places: &["POST /projects/{uuid}/environments 409"],
        what: BODILESS,
        reason: "{message}",
        versions: EVERY,
    },
    Exception {
        places: &[
            "GET /deployments/applications/{uuid} 404",
            "GET /servers/{uuid}/domains 404",
            "GET /servers/{uuid}/resources 404",
            "POST /applications/public 404",
            "POST /databases/clickhouse 404",
            "POST /databases/dragonfly 404",
            "POST /databases/keydb 404",
            "POST /databases/mariadb 404",
            "POST /databases/mongodb 404",
            "POST /databases/mysql 404",
            "POST /databases/postgresql 404",
            "POST /databases/redis 404",
            "POST /deploy 404",
            "POST /services 404",
        ],
        what: UNDESCRIBED,
        reason: "what the path or the body names is not there: a resource, the project, the \
                 environment, a service's type",
        versions: EVERY,
    },
    Exception {
        places: &[
            "GET /deployments/applications/{uuid} 422",
            "PATCH /applications/{uuid} 422",
            "PATCH /applications/{uuid}/envs 422",
            "PATCH /applications/{uuid}/envs/bulk 422",
            "POST /applications/dockerfile 422",
            "POST /applications/dockerimage 422",
            "POST /applications/private-deploy-key 422",
            "POST /applications/public 422",
            "POST /applications/{uuid}/envs 422",
        ],
        what: UNDESCRIBED,
        reason: "the validator's refusal, which other calls are described with",
        versions: EVERY,
    },
    Exception {
        places: &[
            "DELETE /databases/{uuid}/backups/{scheduled_backup_uuid} 401",
            "PATCH /applications/{uuid}/scheduled-tasks/{task_uuid} 400",
            "PATCH /services/{uuid}/scheduled-tasks/{task_uuid} 400",
            "POST /applications/{uuid}/scheduled-tasks 400",
            "POST /services/{uuid}/scheduled-tasks 400",
        ],
        what: UNDESCRIBED,
        reason: "the refusals that all routes have in common, of a body and of a token",
        versions: EVERY,
    },
    Exception {
        places: &["PATCH /services/{uuid}/applications/{app_uuid} 400"],
        what: UNDESCRIBED,
        reason: "the refusal of a body, which all routes have in common",
        versions: &[Version::V4_3],
    },
    Exception {
        places: &["POST /applications/{uuid}/envs 409", "POST /services/{uuid}/envs 409"],
        what: UNDESCRIBED,
        reason: "a key that exists is a conflict",
        versions: EVERY,
    },
    Exception {
        places: &[
            "POST /databases/clickhouse 500",
            "POST /databases/dragonfly 500",
            "POST /databases/keydb 500",
            "POST /databases/mariadb 500",
            "POST /databases/mongodb 500",
            "POST /databases/mysql 500",
            "POST /databases/postgresql 500",
            "POST /databases/redis 500",
        ],
        what: UNDESCRIBED,
        reason: "the check of common fields never fires, so that bad types fail in the database",
        versions: EVERY,
    },
    Exception {
        places: &["PATCH /services/{uuid} 500", "POST /services 500"],
        what: UNDESCRIBED,
        reason: "the parser throws at a file that is no YAML",
        versions: EVERY,
    },
    Exception {
        places: &["POST /deployments/{uuid}/cancel 500"],
        what: UNDESCRIBED,
        reason: "it takes effect, and then fails (fixed by 4.3.8)",
        versions: &[Version::V4_1],
    },
    Exception {
        places: &[
            "PATCH /security/keys/{uuid} 400",
            "PATCH /security/keys/{uuid} 401",
            "PATCH /security/keys/{uuid} 422",
        ],
        what: UNDESCRIBED,
        reason: "the route has the id in its path; the description has not",
        versions: EVERY,
    },
    Exception {
        places: lifecycle_by_get!("401", "404"),
        what: UNDESCRIBED,
        reason: "served on GET too until 4.2",
        versions: BEFORE_4_2,
    },
    Exception {
        places: &["GET /deploy 400", "GET /deploy 401"],
        what: UNDESCRIBED,
        reason: "served on GET too until 4.2",
        versions: BEFORE_4_2,
    },
    Exception {
        places: lifecycle_by_get!("405"),
        what: UNDESCRIBED,
        reason: "what was served on GET says so since 4.2",
        versions: SINCE_4_2,
    },
    Exception {
        places: &["GET /deploy 405"],
        what: UNDESCRIBED,
        reason: "what was served on GET says so since 4.2",
        versions: SINCE_4_2,
    },
    Exception {
        places: &[
            "POST /applications/{uuid} 400",
            "POST /applications/{uuid} 401",
            "POST /applications/{uuid} 422",
        ],
        what: UNDESCRIBED,
        reason: "of POST /applications/dockercompose, gone since 4.1.0",
        versions: &[Version::Beta473],
    },
    Exception {
        places: &["POST /applications/{uuid} 404"],
        what: UNDESCRIBED,
        reason: "POST /applications/dockercompose is gone since 4.1.0",
        versions: &[Version::V4_1, Version::V4_3],
    },
];
