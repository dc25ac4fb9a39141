//! `service` and `uninstall`.

use covibe_companion::progress_output::Reporter;
use covibe_companion::service::{Service, ServiceStatus};
use covibe_companion::{Exit, Problem, uninstall as companion};
use serde_json::json;

use super::setup_and_login;
use crate::cli::ServiceCommand;
use crate::command_context::Context;
use crate::command_output::Output;

pub(super) fn service(
    context: &Context,
    command: &ServiceCommand,
    output: &Output,
) -> Result<Exit, Problem> {
    let service = Service::find(&context.home)?;
    match command {
        ServiceCommand::Install => output.lines(&service.install(context.named_server())?),
        ServiceCommand::Uninstall => output.lines(&service.uninstall()?),
        ServiceCommand::Logs => {
            let text = service.logs()?;
            output.result("log", text.clone(), text.trim_end());
        }
        ServiceCommand::Status => return Ok(show(&service.status(), output)),
    }
    Ok(Exit::Success)
}

fn show(status: &ServiceStatus, output: &Output) -> Exit {
    let state = match status {
        ServiceStatus { is_installed: false, .. } => "not installed",
        ServiceStatus { has_manager: false, .. } => {
            "installed; the service manager does not answer"
        }
        ServiceStatus { is_running: true, .. } => "running",
        _ => "installed, but not running",
    };
    let mut lines = vec![format!("The service is {state}.")];
    lines.extend(status.pid.map(|pid| format!("Process: {pid}")));
    lines.extend(
        status
            .restarts
            .filter(|count| *count > 0)
            .map(|count| format!("Starts after a failure: {count}")),
    );
    lines.extend(status.linger_advice());
    output.result("service", json!(status), &lines.join("\n"));
    match status {
        ServiceStatus { is_installed: true, has_manager: false, .. } => Exit::NoServiceManager,
        ServiceStatus { is_running: true, .. } => Exit::Success,
        _ => Exit::Failed,
    }
}

pub(super) fn uninstall(context: &Context, purge: bool, output: &Output) -> Result<(), Problem> {
    output.lines(&Service::find(&context.home)?.uninstall()?);
    setup_and_login::undo(context, output)?;
    if purge {
        output.lines(&companion::purge(&context.home)?);
    } else {
        output
            .line("Keys and settings remain. To remove them, too: covibe-local uninstall --purge");
    }
    Ok(())
}
