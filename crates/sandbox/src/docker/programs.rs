//! The output of the programs of known images, and their exit codes.

/// A stream that a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

use Stream::{Stderr, Stdout};

/// A program.
pub(super) struct Program {
    /// Parts of the names of its images; empty for any other image.
    images: &'static [&'static str],
    /// The command line in the container.
    pub(super) command: &'static [&'static str],
    /// Its output when it starts. `{date}` and `{time}` stand for the moment.
    pub(super) starts: &'static [(Stream, &'static str)],
    /// Its output when it is stopped.
    pub(super) stops: &'static [(Stream, &'static str)],
    /// Its output when it crashes, if nothing is arranged.
    pub(super) crashes: &'static [(Stream, &'static str)],
    /// Its exit code after `docker stop`.
    pub(super) stop_code: i64,
    /// The port on which it listens.
    pub(super) port: u16,
    /// The path at which its image declares a volume. Docker creates one without a name if nothing is mounted there.
    pub(super) volume: Option<&'static str>,
}

const ALL: [Program; 5] = [
    Program {
        images: &["nginx"],
        command: &["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"],
        starts: &[
            (
                Stdout,
                "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
            ),
            (Stdout, "/docker-entrypoint.sh: Configuration complete; ready for start up"),
            (Stderr, "{date} {time} [notice] 1#1: using the \"epoll\" event method"),
            (Stderr, "{date} {time} [notice] 1#1: nginx/1.27.3"),
            (Stderr, "{date} {time} [notice] 1#1: start worker processes"),
        ],
        stops: &[
            (Stderr, "{date} {time} [notice] 1#1: signal 3 (SIGQUIT) received, shutting down"),
            (Stderr, "{date} {time} [notice] 1#1: exit"),
        ],
        crashes: &[(
            Stderr,
            "{date} {time} [emerg] 1#1: host not found in upstream \"api\" in /etc/nginx/conf.d/default.conf:12",
        )],
        stop_code: 0,
        port: 80,
        volume: None,
    },
    Program {
        images: &["postgres", "postgis", "pgvector"],
        command: &["docker-entrypoint.sh", "postgres"],
        starts: &[
            (
                Stdout,
                "PostgreSQL Database directory appears to contain a database; Skipping initialization",
            ),
            (
                Stderr,
                "{date} {time} UTC [1] LOG:  starting PostgreSQL 16.6 on x86_64-pc-linux-musl",
            ),
            (
                Stderr,
                "{date} {time} UTC [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
            ),
            (Stderr, "{date} {time} UTC [1] LOG:  database system is ready to accept connections"),
        ],
        stops: &[
            (Stderr, "{date} {time} UTC [1] LOG:  received fast shutdown request"),
            (Stderr, "{date} {time} UTC [1] LOG:  database system is shut down"),
        ],
        crashes: &[(
            Stderr,
            "{date} {time} UTC [1] FATAL:  data directory \"/var/lib/postgresql/data\" has wrong ownership",
        )],
        stop_code: 0,
        port: 5432,
        volume: Some("/var/lib/postgresql/data"),
    },
    Program {
        images: &["redis", "keydb", "dragonfly", "valkey"],
        command: &["docker-entrypoint.sh", "redis-server"],
        starts: &[
            (Stdout, "1:C {date} {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"),
            (Stdout, "1:M {date} {time} * Server initialized"),
            (Stdout, "1:M {date} {time} * Ready to accept connections tcp"),
        ],
        stops: &[(Stdout, "1:M {date} {time} # Redis is now ready to exit, bye bye...")],
        crashes: &[(
            Stdout,
            "1:M {date} {time} # Can't open or create append-only dir appendonlydir: Permission denied",
        )],
        stop_code: 0,
        port: 6379,
        volume: Some("/data"),
    },
    Program {
        images: &["mysql", "mariadb"],
        command: &["docker-entrypoint.sh", "mysqld"],
        starts: &[
            (
                Stdout,
                "{date} {time}+00:00 [Note] [Entrypoint]: Entrypoint script for MySQL Server started.",
            ),
            (
                Stderr,
                "{date} {time} 0 [System] [Server] /usr/sbin/mysqld: ready for connections. port: 3306",
            ),
        ],
        stops: &[(Stderr, "{date} {time} 0 [System] [Server] /usr/sbin/mysqld: Shutdown complete")],
        crashes: &[(Stderr, "{date} {time} 0 [ERROR] [Server] Aborting")],
        stop_code: 0,
        port: 3306,
        volume: Some("/var/lib/mysql"),
    },
    Program {
        images: &[],
        command: &["docker-entrypoint.sh", "node", "server.js"],
        starts: &[
            (Stdout, "> start"),
            (Stdout, "> node server.js"),
            (Stdout, "Listening on http://0.0.0.0:3000"),
        ],
        stops: &[],
        crashes: &[
            (Stderr, "/app/server.js:12"),
            (Stderr, "Error: connect ECONNREFUSED 127.0.0.1:5432"),
            (Stderr, "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)"),
            (Stderr, "Node.js v22.12.0"),
        ],
        // Node.js as the first process does not heed SIGTERM, so Docker kills it.
        stop_code: 137,
        port: 3000,
        volume: None,
    },
];

/// Returns the program of an image.
pub(super) fn for_image(image: &str) -> &'static Program {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split(':').next().unwrap_or(name);
    let fits = |one: &&Program| one.images.iter().any(|part| name.contains(part));
    ALL.iter().find(fits).unwrap_or(&ALL[ALL.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_recognized_by_the_last_segment_of_the_image_name() {
        assert_eq!(for_image("nginx:1.27").port, 80);
        assert_eq!(for_image("registry.internal:5000/library/postgres:16-alpine").port, 5432);
        assert_eq!(for_image("docker.dragonflydb.io/dragonflydb/dragonfly").port, 6379);
        assert_eq!(
            for_image("nginx.example/acme/web:2").port,
            3000,
            "a registry's name says nothing"
        );
    }
}
