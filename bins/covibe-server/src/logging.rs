//! Logging to stderr, as text or as JSON lines, filtered by `RUST_LOG`.

use covibe_http::may_be_logged;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::config::LogFormat;

/// Starts logging. An invalid filter is replaced by the default one. Events that may contain
/// secrets are never logged, regardless of the filter.
pub(crate) fn start(filter: Option<&str>, format: LogFormat) {
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new("warn,rmcp=error"));
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    let layer = layer.with_filter(filter.and(filter_fn(may_be_logged)));
    let _started_before = registry().with(layer).try_init();
}
