//! The time limits of a session on PostgreSQL, so that nothing waits for ever.

use std::time::Duration;

use tokio_postgres::Config;

/// The time limits that PostgreSQL enforces. Another instance that is frozen within a transaction loses its
/// connection, and with it its locks.
const SETTINGS: [(&str, &str); 3] = [
    ("statement_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "10s"),
];

/// The time for which data may stay unacknowledged by the peer (TCP user timeout).
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// The keepalives of an idle connection.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(5), 3);

/// Sets the limits of TCP that the connection URL does not set.
pub(super) fn limit_tcp(config: &mut Config, url: &str) {
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    if !url.contains("keepalives") {
        let (idle, interval, retries) = KEEPALIVE;
        config.keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
    }
}

/// Returns the statements that set the time limits which the connection URL does not set in its `options`.
/// They are no part of the start-up message because connection poolers refuse such parameters.
pub(super) fn settings(config: &Config) -> String {
    let options = config.get_options().unwrap_or_default();
    let missing = SETTINGS.iter().filter(|(name, _)| !options.contains(name));
    let statements: Vec<_> =
        missing.map(|(name, value)| format!("SET {name} = '{value}'")).collect();
    statements.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_in_the_url_overrides_the_default() {
        let config = |url: &str| url.parse::<Config>().unwrap();
        let plain = settings(&config("postgres://u@h/d"));
        assert_eq!(plain.matches("SET").count(), 3, "{plain}");
        let own = "postgres://u@h/d?options=-c%20statement_timeout%3D60s";
        let rest = settings(&config(own));
        assert!(!rest.contains("statement_timeout") && rest.contains("lock_timeout"), "{rest}");
        let url = "postgres://u@h/d?tcp_user_timeout=70&keepalives_idle=80";
        let mut limited = config(url);
        limit_tcp(&mut limited, url);
        assert_eq!(limited.get_tcp_user_timeout(), Some(&Duration::from_secs(70)));
        assert_eq!(limited.get_keepalives_idle(), Duration::from_secs(80));
        let mut limited = config("postgres://u@h/d");
        limit_tcp(&mut limited, "postgres://u@h/d");
        assert_eq!(limited.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED));
        assert_eq!(limited.get_keepalives_idle(), KEEPALIVE.0);
    }
}
