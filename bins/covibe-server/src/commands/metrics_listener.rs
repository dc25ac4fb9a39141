//! The metrics of a server, on a listener of their own.

use std::sync::Arc;

use anyhow::Context as _;
use covibe_config::Config;
use covibe_dispatch::Dispatcher;
use covibe_http::{Connections, Reason};
use covibe_installation::listeners::is_public;
use covibe_metrics::{Edge, Folders, Hosts, Metrics};
use tokio::net::TcpListener;

use crate::{print, stderr_writer};

/// The listener of the metrics.
#[derive(Debug)]
pub(crate) struct Metered {
    listener: TcpListener,
    hosts: Hosts,
    folders: Folders,
}

/// Listens at the configured address, if there is one. Requires a Tokio runtime.
pub(crate) fn bind(config: &Config) -> anyhow::Result<Option<Metered>> {
    let Some(address) = config.metrics_bind else { return Ok(None) };
    let listener = std::net::TcpListener::bind(address).with_context(|| {
        format!("could not listen on {address}, the value of COVIBE_METRICS_BIND")
    })?;
    listener.set_nonblocking(true)?;
    let hosts = Hosts::new(config.metrics_hosts.iter().cloned());
    let folders = Folders { data: config.data_dir.clone(), backups: config.backups() };
    Ok(Some(Metered { listener: TcpListener::from_std(listener)?, hosts, folders }))
}

/// Logs the address of the metrics, and warns if others than this network may reach them.
pub(crate) fn log_address(metered: Option<&Metered>) {
    let Some(address) = metered.and_then(|it| it.listener.local_addr().ok()) else {
        return;
    };
    print::error(&format!("Metrics at http://{address}/metrics"));
    if is_public(address) {
        print::error(
            "warning: metrics are served without a key at an address that may be public; set \
             COVIBE_METRICS_BIND to a loopback or private address, or keep others out with a \
             firewall",
        );
    }
}

impl Metered {
    /// Serves the metrics of a server as long as the runtime lasts.
    pub(crate) fn start(self, dispatcher: &Arc<Dispatcher>, connections: Connections) {
        let metrics = Metrics::new(Arc::clone(dispatcher), OfProcess(connections), self.folders);
        tokio::spawn(covibe_metrics::serve(self.listener, metrics, self.hosts));
    }
}

/// The numbers that only this process knows.
struct OfProcess(Connections);

impl Edge for OfProcess {
    fn connections(&self) -> usize {
        self.0.open()
    }

    fn refused_requests(&self) -> Vec<(&'static str, u64)> {
        Reason::ALL.map(|reason| (reason.as_str(), self.0.refused_requests(reason))).into()
    }

    fn dropped_lines(&self) -> u64 {
        stderr_writer::dropped_lines()
    }
}
