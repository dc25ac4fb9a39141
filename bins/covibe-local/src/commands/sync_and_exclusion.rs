//! `watch`, `sync`, `exclude`, `include`, `use` and `snapshot`.

use std::path::PathBuf;

use covibe_companion::credentials::Credentials;
use covibe_companion::exclude::{
    Change, Target, change_exclusions, list_exclusions, set_include_only,
};
use covibe_companion::progress_output::Reporter;
use covibe_companion::sync::{Options, TickReport, print_snapshot, run_loop, sync_now, use_server};
use covibe_companion::{Exit, Origin, Problem};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{ExclusionArguments, WatchArguments};
use crate::command_context::{Context, block_on, block_on_interruptible, folder};
use crate::command_output::Output;

pub(super) fn watch(
    context: &Context,
    arguments: &WatchArguments,
    output: &Output,
) -> Result<Exit, Problem> {
    if let Some(origin) = context.named_server() {
        let known = Credentials::load(&context.home)?.servers();
        if !known.contains(origin) {
            return Err(Problem::new(
                Exit::NoCredentials,
                format!("There is no key for {origin}."),
            )
            .hint(format!("Run `covibe-local login --base-url {origin}`.")));
        }
    }
    if !arguments.service && !arguments.once {
        output.line("Sending the activity of repositories. Press Ctrl-C to end.");
    }
    let options = Options { only_repo: arguments.repo.clone(), once: arguments.once };
    let report = block_on(async { run_loop(&context.home, &options, wait_for_signal()).await })?;
    if arguments.once {
        let TickReport { events, snapshots, sent, .. } = &report;
        let text = format!("Read {events} events, took {snapshots} snapshots, sent {sent} items.");
        output.result("report", json!(report), &text);
    }
    Ok(Exit::Success)
}

/// Waits for a signal that ends the loop.
async fn wait_for_signal() {
    let signals = [SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut terminate), Ok(mut hangup)] = signals else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

pub(super) fn sync(context: &Context, output: &Output) -> Result<Exit, Problem> {
    match block_on_interruptible(sync_now(&context.home))? {
        Some(_) => output.line("Everything was sent."),
        None => output.line("The service sends everything now."),
    }
    Ok(Exit::Success)
}

/// Excludes or includes what the arguments name, or prints the rules.
pub(super) fn change(
    context: &Context,
    change: Change,
    arguments: ExclusionArguments,
    output: &Output,
) -> Result<(), Problem> {
    let ExclusionArguments { path, glob, remote, list, all } = arguments;
    let listing = if list {
        list_exclusions(&context.home, &here(None)?)?
    } else if all {
        set_include_only(&context.home, change == Change::Exclude)?
    } else {
        let target = target(path, glob, remote)?;
        block_on(change_exclusions(&context.home, change, &target))?
    };
    output.result("exclusions", json!(listing), &listing.lines.join("\n"));
    Ok(())
}

fn target(
    path: Option<PathBuf>,
    glob: Option<String>,
    remote: Option<String>,
) -> Result<Target, Problem> {
    Ok(match (glob, remote) {
        (Some(glob), _) => Target::Glob(glob),
        (None, Some(remote)) => Target::Remote(remote),
        (None, None) => Target::Path(here(path)?),
    })
}

fn here(path: Option<PathBuf>) -> Result<PathBuf, Problem> {
    path.or_else(folder).ok_or_else(|| Problem::usage("The current folder no longer exists."))
}

pub(super) fn snapshot(context: &Context, output: &Output) -> Result<(), Problem> {
    let folder = here(None)?;
    let text = block_on_interruptible(print_snapshot(&context.home, &folder))?;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    output.result("snapshot", value, &text);
    Ok(())
}

pub(super) fn choose(context: &Context, origin: &str, output: &Output) -> Result<(), Problem> {
    let origin = Origin::judge(origin)?.origin;
    use_server(&context.home, &origin)?;
    output.line(&format!("Repositories that name no server are sent to {origin}."));
    Ok(())
}
