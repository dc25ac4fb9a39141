//! One server over stdin and stdout, in both versions of the protocol: with a handshake, and stateless.

mod bounded_lines;
mod handler;
mod served_tools;
mod shutdown;
mod tool_list;
mod transport;

use std::process::ExitCode;

use covibe_agent_servers::confinement::end_commands;
use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use crate::program_output::{self, CONFIGURATION};

use self::handler::Handler;
use self::shutdown::Ending;
use self::transport::StdioTransport;

pub(crate) use self::served_tools::Served;

/// Serves until the client ends the input, or a signal the process. `prepare` reads the settings, and says itself why it
/// returns none.
pub(crate) fn run<Cx: Send + Sync + 'static>(
    prepare: impl FnOnce() -> Option<Served<Cx>>,
) -> ExitCode {
    program_output::start_logging();
    // Clients of upstreams require a TLS provider.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    // Two, so that a tool that holds one up does not keep the other from hearing that it is cancelled.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            program_output::error(&format!("No thread can be started: {error}."));
            return ExitCode::FAILURE;
        }
    };
    let served = {
        let _entered = runtime.enter();
        prepare()
    };
    let Some(served) = served else { return CONFIGURATION.into() };
    runtime.block_on(serve(served));
    // While the runtime is there: without it, a command that is being started at this moment runs, and is known to nobody.
    end_commands();
    // A thread that still reads stdin, or works for a call that nobody waits for, must not hold the program up.
    runtime.shutdown_background();
    ExitCode::SUCCESS
}

async fn serve<Cx: Send + Sync + 'static>(served: Served<Cx>) {
    let (ending, stop) = (Ending::default(), CancellationToken::new());
    if let Err(error) = ending.begin_by_signal(stop.clone()) {
        tracing::warn!(
            %error,
            "signals cannot be handled, so they will end the program without ending its calls first"
        );
    }
    let (read, write) = stdio_pipes();
    let transport = StdioTransport::new(read, write, ending.clone());
    let handler = Handler::new(served, ending);
    match Box::pin(serve_server_with_ct(handler, transport, stop)).await {
        Ok(running) => {
            if let Err(error) = running.waiting().await {
                tracing::error!(%error, "the service ended with an error");
            }
        }
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {}
        Err(error) => tracing::warn!(%error, "no client connected"),
    }
}
