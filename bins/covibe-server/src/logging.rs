//! Logging to stderr, as text or as JSON lines, filtered by `RUST_LOG`; and traces, sent to a collector if there is one.

use std::sync::OnceLock;

use covibe_config::{Config, LogFormat};
use covibe_domain::TRACE_TARGET;
use covibe_http::may_be_logged;
use covibe_traces::Traces;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::print;
use crate::stderr_writer::{self, Form, Log};

/// The filter without `RUST_LOG`.
pub(crate) const DEFAULT: &str = "warn,rmcp=error";

/// That of a server: each call has a line.
pub(crate) const SERVING: &str = "warn,rmcp=error,covibe::call=info";

/// The sender of traces, if there is a collector.
static TRACES: OnceLock<Traces> = OnceLock::new();

/// Starts logging with the filter of `RUST_LOG`, and with `otherwise` without one. An invalid filter is replaced, too, with a
/// warning. Events that may contain secrets are never logged, regardless of the filter.
pub(crate) fn start(config: &Config, otherwise: &str) {
    let (filter, format) = (config.log_filter.as_deref(), config.log_format);
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
    stderr_writer::start(form);
    let layer = fmt::layer().with_writer(Log);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    let is_logged = filter_fn(|it| it.target() != TRACE_TARGET && may_be_logged(it));
    let layer = layer.with_filter(filter.and(is_logged));
    let traces = traces(config).map(Traces::layer);
    let _started_before = registry().with(layer).with(traces).try_init();
    // A panic must not wait for a reader of the log either.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

/// Returns the sender of traces to the configured collector. Without it, everything else works as well.
fn traces(config: &Config) -> Option<&'static Traces> {
    let collector = config.trace_collector.as_ref()?;
    match Traces::new(collector, "covibe-server", env!("CARGO_PKG_VERSION")) {
        Ok(traces) => Some(TRACES.get_or_init(|| traces)),
        Err(error) => {
            print::error(&format!("warning: {error}"));
            None
        }
    }
}

/// Writes the last lines and sends the last traces, for some seconds at most.
pub(crate) fn shut_down() {
    if let Some(traces) = TRACES.get() {
        traces.shut_down();
    }
    stderr_writer::flush();
}
