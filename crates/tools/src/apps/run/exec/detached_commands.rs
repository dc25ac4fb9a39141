//! Commands that run on without their client.

use covibe_domain::Failure;
use covibe_workspace::{
    CommandOutput, CommandState, DetachedRun, EndedCommand, Hosted, OutputSink, ReportedCommand,
    Workspace,
};

use super::answer::Execution;
use super::checked_command::Work;

/// The hint for a command that runs on.
pub(super) const RUNS_ON: &str = "The command is still running: call apps.exec_result with this \
                                  `uuid` and `id`; pass `wait_ms` to wait for its end.";

/// The hint for a command that its server no longer reports.
const LOST: &str = "The end of the command was not observed: the server that ran it no longer \
    reports it and was most likely killed. covibe-docker-gate on a docker host ends a command when \
    its connection ends; without it, the command may still be running. Check with apps.exec and \
    ps -ef, and check what the command did, before you start it again.";

/// Starts a command that runs to its end whatever becomes of the client, and waits a moment for its end.
pub(super) async fn run(
    cx: &Workspace,
    resource: &Hosted,
    work: Work,
) -> Result<Execution, Failure> {
    let output = OutputSink::new(work.bounds.max_bytes);
    let (container, command) = (work.container.clone(), work.command.text().to_owned());
    let service = resource.is_compose().then(|| container.service().to_owned());
    let begin = |cancel| work.run_into(output.clone(), cancel);
    match cx.run_detached((resource, &container, &command), output.clone(), begin).await? {
        DetachedRun::Ended(ended) => Ok(Execution::from_ended(container.name(), service, ended)),
        DetachedRun::Running { id, output, ran_for } => {
            let unended = EndedCommand::without_code(RUNS_ON.to_owned(), output, ran_for);
            let execution = Execution::from_ended(container.name(), service, unended);
            Ok(execution.with_id(id, true))
        }
    }
}

/// Returns the answer about a command that was started before; `running` is the hint if it runs.
pub(super) fn describe(
    (command, output): (ReportedCommand, CommandOutput),
    running: &str,
) -> Execution {
    let ReportedCommand { id, container, service, state, ran_for, .. } = command;
    let runs = state == CommandState::Running;
    let ended = match state {
        CommandState::Ended(result) => EndedCommand { result, output },
        CommandState::Running => EndedCommand::without_code(running.to_owned(), output, ran_for),
        CommandState::Lost => EndedCommand::without_code(LOST.to_owned(), output, ran_for),
    };
    Execution::from_ended(&container, service, ended).with_id(id, runs)
}
