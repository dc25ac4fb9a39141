//! Logs go to stderr, as text or as JSON lines; `RUST_LOG` chooses how much.

use tracing::Level;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::config::LogFormat;

/// Starts logging; a filter that can't be read falls back to the default one.
///
/// No filter lets rmcp tell more than warnings: below that it logs arguments and results whole,
/// connection strings and tokens among them.
pub(crate) fn start(filter: Option<&str>, format: LogFormat) {
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new("warn,rmcp=error"));
    let quiet =
        filter_fn(|event| !event.target().starts_with("rmcp") || *event.level() <= Level::WARN);
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    let _started_before = registry().with(layer.with_filter(filter.and(quiet))).try_init();
}
