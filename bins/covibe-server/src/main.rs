//! `covibe-server`: the server and its commands.
#![cfg_attr(
    not(feature = "sandbox"),
    expect(
        dead_code,
        reason = "only the sandbox uses its options and some parts of the configuration"
    )
)]

mod cli;
mod commands;
mod core_dumps;
mod file_descriptor_limit;
mod logging;
mod print;
mod secrets_key;
mod server_files;
mod signals;
mod stderr_writer;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::cli::{Cli, Command, Secrets, Workspace};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = core_dumps::disable() {
        print::error(&format!("warning: core dumps could not be disabled: {error}"));
    }
    // Fails only if a provider is installed already, which is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    // The runtime has a copy of its main future for each of its kinds: this one is small.
    let result = Box::pin(run(cli.command)).await;
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(&format!("covibe-server: {error:#}"));
            ExitCode::FAILURE
        }
    };
    logging::shut_down();
    code
}

/// Runs a command; without one, shows the help.
async fn run(command: Option<Command>) -> anyhow::Result<()> {
    match command {
        None => {
            print::line(Cli::command().render_long_help().to_string().trim_end());
            Ok(())
        }
        Some(Command::Serve) => commands::serve::run().await,
        Some(Command::Health) => commands::health::run().await,
        Some(Command::Sandbox(options)) => commands::sandbox::run(options).await,
        Some(Command::Migrate { backup_role }) => commands::migrate::run(backup_role).await,
        Some(Command::MoveToPostgres) => commands::move_to_postgres::run().await,
        Some(Command::Provision { all: _, workspace }) => {
            commands::provision::run(workspace.as_ref()).await
        }
        Some(Command::Reconcile { apply, restored, release }) => {
            commands::reconcile::run(apply, restored, release.as_ref()).await
        }
        Some(Command::Backup { directory }) => commands::backup::run(&directory).await,
        Some(Command::Restore { drill: true, directory }) => {
            Box::pin(commands::backup::drill(&directory)).await
        }
        Some(Command::Restore { drill: false, directory }) => {
            commands::backup::restore(&directory).await
        }
        Some(Command::Check { json, deliver }) => commands::check::run(json, deliver).await,
        Some(Command::Support { file }) => Box::pin(commands::support::run(file)).await,
        Some(Command::Tenant(command)) => Box::pin(commands::tenant::run(command)).await,
        Some(Command::Workspace(Workspace::List { tenant, json })) => {
            commands::offboarding::list_workspaces(tenant, json).await
        }
        Some(Command::Workspace(Workspace::MoveTenant { workspace, to, confirm })) => {
            Box::pin(commands::offboarding::move_tenant(&workspace, &to, confirm.as_ref())).await
        }
        Some(Command::People(command)) => Box::pin(commands::people::run(command)).await,
        Some(Command::Keys(command)) => commands::api_keys::run(command).await,
        Some(Command::Queue(command)) => commands::deployment_queue::run(command).await,
        Some(Command::Connect { client, origin, workspace, gitea }) => {
            commands::connect::run(&client, origin, workspace.as_ref(), gitea)
        }
        Some(Command::Audit(command)) => commands::audit::run(command).await,
        Some(Command::Secrets(Secrets::Rotate { discard_unreadable })) => {
            commands::secrets_rotation::rotate(discard_unreadable).await
        }
        Some(Command::Settings) => {
            commands::generated_documents::settings();
            Ok(())
        }
        Some(Command::Openapi) => commands::generated_documents::openapi(),
        Some(Command::Tools { format }) => commands::generated_documents::tools(format),
    }
}
