//! Logging to stderr, as text or as JSON lines, filtered by `RUST_LOG`.

use covibe_http::may_be_logged;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::config::LogFormat;
use crate::lines::{self, Form, Log};
use crate::print;

/// The filter without `RUST_LOG`.
pub(crate) const DEFAULT: &str = "warn,rmcp=error";

/// That of a server: each call has a line.
pub(crate) const SERVING: &str = "warn,rmcp=error,covibe::call=info";

/// Starts logging with the filter of `RUST_LOG`, or the default one.
pub(crate) fn start(filter: Option<&str>, format: LogFormat) {
    start_or(filter, DEFAULT, format);
}

/// Starts logging. An invalid filter is replaced by `otherwise`, with a warning. Events that may
/// contain secrets are never logged, regardless of the filter.
pub(crate) fn start_or(filter: Option<&str>, otherwise: &str, format: LogFormat) {
    let parsed = filter.map(|filter| EnvFilter::builder().parse(filter));
    let filter = match parsed {
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            print::error(&format!("warning: RUST_LOG is ignored: {error}; {otherwise} is used"));
            EnvFilter::new(otherwise)
        }
        None => EnvFilter::new(otherwise),
    };
    let form = match format {
        LogFormat::Text => Form::Text,
        LogFormat::Json => Form::Json,
    };
    lines::start(form);
    let layer = fmt::layer().with_writer(Log);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    let layer = layer.with_filter(filter.and(filter_fn(may_be_logged)));
    let _started_before = registry().with(layer).try_init();
    // A panic must not wait for a reader of the log either.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}
