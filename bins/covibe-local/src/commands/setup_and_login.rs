//! `setup`, `login` and `logout`.

use covibe_companion::agents::{Places, Transport, detect};
use covibe_companion::credentials::{
    Credentials, NetworkQuestion, NetworkVariables, TOKEN_VARIABLE, note_network,
};
use covibe_companion::doctor::{CheckLevel, Doctor};
use covibe_companion::login::{self, Login, RealPace, Surroundings, lacking_keys};
use covibe_companion::progress_output::Reporter;
use covibe_companion::server::Server;
use covibe_companion::service::Service;
use covibe_companion::settings::Settings;
use covibe_companion::setup::{ServiceOutcome, Setup, SetupOptions, SetupSteps};
use covibe_companion::{Agent, CompanionHome, Exit, Origin, Problem, program_copies};
use covibe_domain::Secret;
use covibe_domain::entities::AgentType;
use futures_util::future::BoxFuture;

use crate::cli::{LoginArguments, SetupArguments, TransportArgument};
use crate::command_context::{Context, block_on, folder};
use crate::command_output::Output;
use crate::terminal::Terminal;

pub(super) fn setup(
    context: &Context,
    base_url: Option<String>,
    arguments: SetupArguments,
    output: &Output,
) -> Result<Exit, Problem> {
    let options = SetupOptions {
        base_url: base_url
            .or_else(|| context.named_server().map(|origin| origin.as_str().to_owned())),
        agents: arguments.agents,
        project: arguments.project,
        has_no_service: arguments.no_service,
        token: arguments.token.map(Secret::new),
        has_no_browser: arguments.no_browser,
        is_device_asked: arguments.device,
        is_dry_run: arguments.dry_run,
        is_undo: arguments.undo,
        transport: match arguments.transport {
            TransportArgument::Stdio => Transport::Stdio,
            TransportArgument::Http => Transport::Http,
        },
        has_no_skills: arguments.no_skills,
    };
    run(context, &options, output).map(|()| Exit::Success)
}

/// Takes back what setup changed in the settings of the agents.
pub(super) fn undo(context: &Context, output: &Output) -> Result<(), Problem> {
    run(context, &SetupOptions { is_undo: true, ..SetupOptions::default() }, output)
}

fn run(context: &Context, options: &SetupOptions, output: &Output) -> Result<(), Problem> {
    let (places, folder) = (Places::find()?, folder());
    let variable = variable();
    let steps = Steps { places: &places, output, expects_service: !options.has_no_service };
    let setup = Setup {
        options,
        home: &context.home,
        places: &places,
        folder: folder.as_deref(),
        surroundings: &Surroundings::find(),
        pace: &RealPace,
        reporter: output,
        steps: &steps,
        variable: variable.as_ref(),
        network: &NetworkVariables::from_environment(),
        person: &Terminal,
    };
    block_on(setup.run())
}

/// Returns the key in the environment.
fn variable() -> Option<Secret> {
    let text = std::env::var(TOKEN_VARIABLE).ok()?;
    (!text.trim().is_empty()).then(|| Secret::new(text.trim()))
}

/// The steps of setup that need this machine.
struct Steps<'a> {
    places: &'a Places,
    output: &'a Output,
    expects_service: bool,
}

impl SetupSteps for Steps<'_> {
    fn install_programs(&self, home: &CompanionHome) -> Result<(), Problem> {
        program_copies::install_programs(home).map(drop)
    }

    fn remember_server(&self, home: &CompanionHome, origin: &Origin) -> Result<(), Problem> {
        if Settings::load(home)?.default_server().is_some() {
            return Ok(());
        }
        // A second server is no reason to take repositories away from the first.
        let others = Credentials::load(home)?.servers().into_iter().any(|other| other != *origin);
        if others {
            self.output.line(&format!(
                "This machine has several servers. For repositories that name none: covibe-local use {origin}"
            ));
            return Ok(());
        }
        Settings::update(home, |settings| settings.set_default_server(origin)).map(drop)
    }

    fn install_service(
        &self,
        home: &CompanionHome,
        origin: &Origin,
    ) -> Result<ServiceOutcome, Problem> {
        match Service::find(home)?.install(Some(origin)) {
            Ok(lines) => Ok(ServiceOutcome::Installed(lines.join("\n"))),
            Err(problem)
                if problem.exit == Exit::NoServiceManager || program_copies::is_in_cache() =>
            {
                Ok(ServiceOutcome::Skipped(problem.to_string()))
            }
            Err(problem) => Err(problem),
        }
    }

    fn check<'b>(
        &'b self,
        origin: &'b Origin,
        agents: &'b [Agent],
        token: Option<&'b Secret>,
    ) -> BoxFuture<'b, Result<bool, Problem>> {
        Box::pin(async move {
            let doctor = Doctor {
                home: CompanionHome::find()?,
                places: self.places.clone(),
                origin: origin.clone(),
                agents: Some(agents.to_vec()),
                token: token.cloned(),
                folder: folder(),
                expects_service: self.expects_service,
            };
            let report = doctor.examine().await;
            for check in report.checks.iter().filter(|check| check.level != CheckLevel::Pass) {
                let fix = check.fix.as_ref().map(|fix| format!(" Fix: {fix}")).unwrap_or_default();
                match check.level {
                    CheckLevel::Skip => {}
                    _ => self.output.warn(&format!("{}{fix}", check.message)),
                }
            }
            let passed = report.count(CheckLevel::Pass);
            self.output.line(&format!("{passed} of {} checks passed.", report.checks.len()));
            Ok(report.count(CheckLevel::Fail) == 0)
        })
    }
}

pub(super) fn login(
    context: &Context,
    arguments: &LoginArguments,
    output: &Output,
) -> Result<Exit, Problem> {
    let server = Server::new(context.server()?)?;
    let surroundings = Surroundings {
        is_device_asked: arguments.device,
        is_browser_refused: arguments.no_browser,
        ..Surroundings::find()
    };
    let agents = detect(&Places::find()?);
    let credentials = Credentials::load(&context.home)?;
    let mut kinds = lacking_keys(&credentials, server.origin(), &agents);
    if arguments.renew {
        let stored = credentials.keys(server.origin()).into_iter().map(|(kind, _)| kind);
        kinds.extend(stored.collect::<Vec<AgentType>>());
        kinds.sort_unstable_by_key(|kind| kind.as_str());
        kinds.dedup();
    }
    let question = NetworkQuestion {
        home: &context.home,
        network: &NetworkVariables::from_environment(),
        person: &Terminal,
        reporter: output,
        trusts_first: false,
    };
    let network = question.ask()?;
    if kinds.is_empty() {
        output.line(&format!("The keys for {} are already on this machine.", server.origin()));
        output.line("To replace them: covibe-local login --renew");
        return note_network(&context.home, &network, output).map(|()| Exit::Success);
    }
    let login = Login {
        home: &context.home,
        server: &server,
        reporter: output,
        surroundings: &surroundings,
        pace: &RealPace,
    };
    let workspace = block_on(login.run(&kinds))?;
    output.line(&format!("Approved for the workspace {workspace}."));
    note_network(&context.home, &network, output).map(|()| Exit::Success)
}

pub(super) fn logout(context: &Context, output: &Output) -> Result<Exit, Problem> {
    login::logout(&context.home, &context.server()?, output).map(|_| Exit::Success)
}
