//! The hosted database: the connection URL, TLS, and the pool.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Secret;
use deadpool::managed::QueueMode;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use futures_util::FutureExt;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{CONNECT_TIMEOUT, session_timeouts};
use crate::error::{Error, Result, away};

/// The connections of one server process.
pub(crate) type Connections = Pool<AsyncPgConnection>;

/// The maximum number of connections of one server process; PostgreSQL's default is 100 in total.
pub(crate) const CONNECTIONS: usize = 16;

/// The time for which an unused connection needs no trial before its next use, and the timeout of the trial.
pub(crate) const UNTRIED: Duration = Duration::from_secs(1);
const TRIAL: Duration = Duration::from_secs(1);

/// Waits for the answer to a statement. PostgreSQL itself ends a statement that takes long, but its answer
/// may not arrive.
///
/// No `async fn`, which would be twice as large as the statement.
pub(crate) fn in_time<T>(
    timeout: Duration,
    statement: impl Future<Output = QueryResult<T>>,
) -> impl Future<Output = QueryResult<T>> {
    tokio::time::timeout(timeout, statement).map(move |ended| {
        ended.unwrap_or_else(|_| {
            let message = format!("no answer within {} seconds", timeout.as_secs());
            Err(Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(message)))
        })
    })
}

/// The address of a database, and how to connect to it.
#[derive(Clone)]
pub(crate) struct Target {
    /// The parsed connection URL.
    pub(crate) config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Target {
    /// Parses a connection URL.
    pub(crate) fn parse(url: &Secret) -> Result<Self> {
        let text = url.expose();
        // rustls always verifies chain and host name, which libpq calls verify-full; tokio-postgres
        // 0.7 does not support either mode.
        let strict = ["sslmode=verify-full", "sslmode=verify-ca"];
        let text =
            strict.iter().fold(text.to_owned(), |t, word| t.replace(word, "sslmode=require"));
        let mut config: Config = text.parse().map_err(|_| {
            Error::Address(
                "the PostgreSQL URL is invalid; expected postgres://user:password@host/database",
            )
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_ssl_mode() == SslMode::Prefer && is_local(&config) {
            config.ssl_mode(SslMode::Disable);
        } else if !text.contains("sslmode") {
            // Tenants' data must not cross a network unencrypted unless the operator allows it.
            config.ssl_mode(SslMode::Require);
        }
        session_timeouts::limit_tcp(&mut config, &text);
        let tls = (config.get_ssl_mode() != SslMode::Disable).then(roots).transpose()?;
        Ok(Self { config, tls })
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let bad = |error: tokio_postgres::Error| {
            ConnectionError::BadConnection(format!("{}: {}", self.name(), describe(&error)))
        };
        if let Some(tls) = &self.tls {
            let (client, conn) = self.config.connect(tls.clone()).await.map_err(bad)?;
            AsyncPgConnection::try_from_client_and_connection(client, conn).await
        } else {
            let (client, conn) = self.config.connect(NoTls).await.map_err(bad)?;
            AsyncPgConnection::try_from_client_and_connection(client, conn).await
        }
    }
}

impl Target {
    /// Returns the database, its host and port, and the role, without the password.
    pub(crate) fn name(&self) -> String {
        let config = &self.config;
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let user = config.get_user().unwrap_or_default();
        let database = config.get_dbname().unwrap_or(user);
        format!("PostgreSQL database {database} at {host}:{port} as {user}")
    }
}

/// Returns why a connection failed. The error itself is just "error connecting to server", and its
/// chain mixes the causes with the names of layers.
fn describe(error: &tokio_postgres::Error) -> String {
    if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) {
        return away::STARTING.to_owned();
    }
    if let Some(refused) = error.as_db_error() {
        return refused.message().to_owned();
    }
    let first: &dyn std::error::Error = error;
    let chain = || std::iter::successors(Some(first), |error| error.source());
    let root = chain().last().map(ToString::to_string).unwrap_or_default();
    let words = chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let io = chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    match io.map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => away::REFUSED.to_owned(),
        Some(ErrorKind::TimedOut) => away::LATE.to_owned(),
        Some(ErrorKind::NotFound) => away::NO_SOCKET.to_owned(),
        _ if words.contains("lookup") => away::NO_NAME.to_owned(),
        _ if words.contains("TLS") => format!("TLS failed: {root}"),
        _ => root,
    }
}

/// Returns the database that a connection URL names, with its host, port and role.
pub fn postgres_name(url: &Secret) -> Result<String> {
    Target::parse(url).map(|target| target.name())
}

/// Returns whether every host is this machine: a Unix socket or a loopback address.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn roots() -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unavailable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Returns why a connection can no longer be used, which answers nothing.
fn unusable(error: Diesel) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(error)
}

/// Creates a pool, which connects when it is first used. Its sessions have time limits, and a connection
/// that was not used for a second is tried before it is used.
pub(crate) fn open(url: &Secret) -> Result<Connections> {
    let target = Target::parse(url)?;
    let settings: Arc<str> = session_timeouts::settings(&target.config).into();
    let mut config = ManagerConfig::default();
    // The default runs `SELECT 1` at each checkout, which halves the reads per second.
    config.recycling_method = RecyclingMethod::Fast;
    // The runtime that opens a connection also drives it, so it must not be that of a worker, which
    // may end before the others.
    let runtime = Handle::current();
    config.custom_setup = Box::new(move |_| {
        let (target, settings, runtime) = (target.clone(), Arc::clone(&settings), runtime.clone());
        async move {
            let open = async move {
                let mut conn = target.connect().await?;
                conn.batch_execute(&settings).await.map_err(unusable)?;
                Ok(conn)
            };
            let opened = runtime.spawn(open).await;
            opened.unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())))
        }
        .boxed()
    });
    let trial = Hook::async_fn(|conn: &mut AsyncPgConnection, metrics| {
        async move {
            if metrics.last_used() < UNTRIED {
                return Ok(());
            }
            let answered = in_time(TRIAL, conn.batch_execute("")).await;
            answered.map_err(|error| HookError::Backend(PoolError::QueryError(error)))
        }
        .boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config("", config))
        .max_size(CONNECTIONS)
        // The connection that was used last is the least likely to need a trial.
        .queue_mode(QueueMode::Lifo)
        .pre_recycle(trial)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(CONNECT_TIMEOUT))
        .create_timeout(Some(CONNECT_TIMEOUT))
        .build()
        .map_err(|error| Error::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        Target::parse(&Secret::new(url)).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn tls_is_required_for_remote_hosts_unless_sslmode_says_otherwise() {
        assert_eq!(mode("postgres://u:p@db.example.com/d"), SslMode::Require);
        assert_eq!(mode("postgres://u@/d?host=/run/pg"), SslMode::Disable);
        assert_eq!(mode("postgres://u:p@db.example.com/d?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u:p@db.example.com/d?sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgres://u:p@127.0.0.1/d?sslmode=prefer"), SslMode::Disable);
        assert_eq!(mode("postgres://u@/d?host=/run/pg&sslmode=prefer"), SslMode::Disable);
        assert_eq!(mode("postgres://u:p@127.0.0.1/d?sslmode=require"), SslMode::Require);
        assert_eq!(mode("postgres://u:p@db.example.com/d?sslmode=verify-full"), SslMode::Require);
    }

    /// The image of PostgreSQL there answers without TLS, and a host of another name than this machine's is asked for it.
    #[test]
    fn the_urls_of_the_compose_file_disable_tls() {
        let file = include_str!("../../../../deploy/compose.yaml");
        let addresses = file.lines().filter_map(|line| Some(line.split_once(": postgres://")?.1));
        let modes: Vec<_> =
            addresses.map(|rest| mode(&format!("postgres://{}", password(rest)))).collect();
        assert_eq!(modes, [SslMode::Disable; 2]);
    }

    /// Puts a password where the file names a variable.
    fn password(address: &str) -> String {
        let (user, rest) = address.split_once(":${").unwrap();
        format!("{user}:secret{}", rest.split_once('}').unwrap().1)
    }

    #[test]
    fn the_error_for_an_invalid_url_does_not_quote_it() {
        let error = Target::parse(&Secret::new("postgres://u:hunter2@h:port/d")).err().unwrap();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
