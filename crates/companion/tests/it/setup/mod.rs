//! Setup, step by step.

use std::fs;
use std::sync::Mutex;

use covibe_companion::agents::Places;
use covibe_companion::agents::plan_creation::SKILL_MARK;
use covibe_companion::credentials::{Credentials, NetworkVariables};
use covibe_companion::login::Surroundings;
use covibe_companion::progress_output::{FixedAnswer, Recorder};
use covibe_companion::setup::{SKILL, ServiceOutcome, Setup, SetupOptions, SetupSteps};
use covibe_companion::{Agent, CompanionHome, Exit, Origin, Problem};
use covibe_domain::Secret;
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::login::{FastPace, approved, started_reply, surroundings};
use crate::scripted_server::{Reply, StubServer};

/// Steps that note that they were taken.
#[derive(Default)]
struct Steps {
    taken: Mutex<Vec<String>>,
    fails: bool,
}

impl Steps {
    fn note(&self, step: impl Into<String>) {
        self.taken.lock().unwrap().push(step.into());
    }
}

impl SetupSteps for Steps {
    fn install_programs(&self, _: &CompanionHome) -> Result<(), Problem> {
        self.note("programs");
        Ok(())
    }

    fn remember_server(&self, _: &CompanionHome, _: &Origin) -> Result<(), Problem> {
        self.note("server");
        Ok(())
    }

    fn install_service(&self, home: &CompanionHome, _: &Origin) -> Result<ServiceOutcome, Problem> {
        let is_connected = home.root().parent().unwrap().join(".codex/config.toml").exists();
        self.note(format!("service after agents: {is_connected}"));
        if self.fails {
            Err(Problem::failure("No."))
        } else {
            Ok(ServiceOutcome::Installed("It runs.".to_owned()))
        }
    }

    fn check<'a>(
        &'a self,
        _: &'a Origin,
        agents: &'a [Agent],
        token: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<bool, Problem>> {
        self.note(format!("checks of {agents:?} with {:?}", token.map(Secret::expose)));
        Box::pin(async { Ok(true) })
    }
}

struct Machine {
    folder: tempfile::TempDir,
    stub: StubServer,
    steps: Steps,
    pace: FastPace,
    reporter: Recorder,
    surroundings: Surroundings,
    options: SetupOptions,
    network: NetworkVariables,
    answer: FixedAnswer,
}

fn healthy() -> Reply {
    (200, "", json!({ "status": "ok", "version": "2.4.0" }))
}

impl Machine {
    async fn new(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".codex")).unwrap();
        let stub = StubServer::start(replies).await;
        let base_url = Some(stub.origin.to_string());
        Self {
            folder,
            stub,
            steps: Steps::default(),
            pace: FastPace::default(),
            reporter: Recorder::default(),
            surroundings: surroundings(),
            options: SetupOptions { base_url, ..SetupOptions::default() },
            network: NetworkVariables::default(),
            answer: FixedAnswer(None),
        }
    }

    async fn run(&self, variable: Option<&Secret>) -> Result<(), Problem> {
        let home = CompanionHome::at(self.folder.path().join(".covibe"));
        let places = Places::at(self.folder.path());
        let setup = Setup {
            options: &self.options,
            home: &home,
            places: &places,
            folder: None,
            surroundings: &self.surroundings,
            pace: &self.pace,
            reporter: &self.reporter,
            steps: &self.steps,
            variable,
            network: &self.network,
            person: &self.answer,
        };
        setup.run().await
    }

    fn steps(&self) -> Vec<String> {
        self.steps.taken.lock().unwrap().clone()
    }

    fn config(&self) -> Option<String> {
        fs::read_to_string(self.folder.path().join(".codex/config.toml")).ok()
    }

    /// Returns all files that contain a text.
    fn files_with(&self, text: &str) -> Vec<String> {
        let output = std::process::Command::new("grep")
            .arg("-rlF")
            .arg(text)
            .arg(self.folder.path())
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn setup_runs_all_steps_in_order_and_connects_the_agents() {
    let machine = Machine::new(|origin| {
        vec![healthy(), started_reply(origin), approved(origin, &["codex", "companion"])]
    })
    .await;
    machine.run(None).await.unwrap();
    assert_eq!(
        machine.steps(),
        ["programs", "server", "service after agents: true", "checks of [Codex] with None"]
    );
    let lines = machine.reporter.lines();
    let at = |text: &str| {
        lines
            .iter()
            .position(|line| line.contains(text))
            .unwrap_or_else(|| panic!("{text}: {lines:#?}"))
    };
    assert!(at("version 2.4.0") < at("covibe-local exclude"));
    assert!(
        at("covibe-local exclude") < at("Code: WDJB-MJHT"),
        "it is said before anything is written"
    );
    assert!(
        at("Code: WDJB-MJHT") < at("Wrote ~/.codex/config.toml") && at("Next: restart Codex") > 0
    );
    assert!(machine.config().unwrap().contains("mcp_servers.covibe"));
    let keys = machine.files_with("vibn_sk_codex");
    assert!(keys.len() == 1 && keys[0].ends_with(".covibe/credentials.json"), "{keys:?}");
}

#[test]
fn the_skill_contains_its_mark_and_name() {
    assert!(SKILL.starts_with("---\nname: deploy-with-co-vibe\n") && SKILL.contains(SKILL_MARK));
}

#[tokio::test]
async fn a_foreign_skill_of_the_same_name_is_left_alone() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.token = Some(Secret::new("vibn_sk_x"));
    let file = machine.folder.path().join(".agents/skills/deploy-with-co-vibe/SKILL.md");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "mine").unwrap();
    assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Failed);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    fs::remove_file(&file).unwrap();
    machine.run(None).await.unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), SKILL);
}

#[tokio::test]
async fn a_second_setup_requests_no_new_keys() {
    let machine = Machine::new(|origin| {
        vec![healthy(), started_reply(origin), approved(origin, &["codex", "companion"]), healthy()]
    })
    .await;
    machine.run(None).await.unwrap();
    machine.run(None).await.unwrap();
    assert_eq!(machine.stub.requests().len(), 4);
    assert!(machine.reporter.text().contains("already connected"));
}

#[tokio::test]
async fn an_invalid_base_url_is_refused_before_any_request_or_step() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.base_url = Some(format!("{}/callback", machine.stub.origin));
    assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Usage);
    assert!(machine.stub.requests().is_empty() && machine.steps().is_empty());
    machine.options.base_url = None;
    assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Usage);
}

#[tokio::test]
async fn setup_against_an_unhealthy_or_foreign_server_changes_nothing() {
    for reply in [
        (200, "", json!("hello")),
        (404, "", json!({})),
        (200, "", json!({ "status": "\u{1b}[2J", "version": "1" })),
        (503, "", json!({ "status": "degraded", "version": "2.4.0" })),
    ] {
        let machine = Machine::new(|_| vec![reply]).await;
        assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Unavailable);
        assert!(machine.config().is_none() && machine.steps().is_empty());
        assert!(!machine.reporter.text().contains('\u{1b}'));
    }
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.base_url = Some("http://127.0.0.1:1".to_owned());
    assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Unavailable);
}

#[tokio::test]
async fn a_token_from_flag_or_environment_is_used_but_never_stored() {
    let token = Secret::new("vibn_sk_manual-manual-manual");
    for is_flag in [true, false] {
        let mut machine = Machine::new(|_| vec![healthy()]).await;
        machine.options.token = is_flag.then(|| token.clone());
        machine.run((!is_flag).then_some(&token)).await.unwrap();
        assert_eq!(machine.stub.requests().len(), 1, "no device flow");
        assert!(machine.steps()[3].contains("vibn_sk_manual"), "{:?}", machine.steps());
        assert_eq!(machine.files_with("vibn_sk_manual"), [""; 0]);
        let text = machine.reporter.text();
        assert!(
            text.contains("The service has no key") && text.contains("covibe-local login"),
            "{text}"
        );
        assert!(text.contains("export it") && !text.contains("vibn_sk_"), "{text}");
    }
}

#[tokio::test]
async fn setup_on_a_machine_with_keys_notes_a_new_proxy_only_if_a_person_confirms_it() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.token = Some(Secret::new("vibn_sk_x"));
    let home = CompanionHome::at(machine.folder.path().join(".covibe"));
    let server = Origin::judge("https://co-vibe.example.com").unwrap().origin;
    let check = |network: &NetworkVariables| {
        Credentials::load(&home).unwrap().check_network(&server, network)
    };
    let proxy = |host: &str| {
        let address = format!("http://{host}.example.com:3128").into();
        NetworkVariables::from_values([("HTTPS_PROXY", address)])
    };
    machine.network = proxy("first");
    machine.run(None).await.unwrap();
    assert_eq!(check(&machine.network), Ok(()), "the setup of a new machine");

    machine.network = proxy("second");
    machine.run(None).await.unwrap();
    assert!(check(&machine.network).is_err(), "no person can answer");
    assert!(machine.reporter.text().contains("No person can confirm"));

    machine.answer = FixedAnswer(Some(false));
    let steps = machine.steps().len();
    assert_eq!(machine.run(None).await.unwrap_err().exit, Exit::Denied);
    assert_eq!(machine.steps().len(), steps, "a refusal ends the setup");
    assert!(check(&machine.network).is_err());

    machine.answer = FixedAnswer(Some(true));
    machine.run(None).await.unwrap();
    assert_eq!(check(&machine.network), Ok(()));
}

#[tokio::test]
async fn a_dry_run_shows_the_changes_and_makes_none() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.is_dry_run = true;
    machine.run(None).await.unwrap();
    assert!(machine.config().is_none() && machine.stub.requests().is_empty());
    assert!(
        machine.reporter.text().contains("+[mcp_servers.covibe]"),
        "{}",
        machine.reporter.text()
    );
    assert!(!machine.folder.path().join(".covibe").exists());
}

#[tokio::test]
async fn a_failed_step_is_reported_at_the_end_and_stops_no_other() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.steps.fails = true;
    machine.options.token = Some(Secret::new("vibn_sk_x"));
    fs::write(machine.folder.path().join(".codex/config.toml"), "= broken").unwrap();
    let problem = machine.run(None).await.unwrap_err();
    assert_eq!(problem.exit, Exit::Failed);
    assert!(problem.message.contains("2 of its steps"), "{problem}");
    assert!(machine.folder.path().join(".codex/hooks.json").exists());
    assert_eq!(machine.steps().len(), 4);
    assert!(machine.reporter.text().contains("config.toml is not valid TOML (line 1)"));
}

#[tokio::test]
async fn undo_works_without_a_request_to_the_server() {
    let mut machine = Machine::new(|_| vec![healthy()]).await;
    machine.options.token = Some(Secret::new("vibn_sk_x"));
    machine.run(None).await.unwrap();
    assert!(machine.config().is_some());
    machine.options = SetupOptions { is_undo: true, ..SetupOptions::default() };
    machine.run(None).await.unwrap();
    assert!(machine.config().is_none() && machine.stub.requests().len() == 1);
    assert!(machine.reporter.text().contains("Restored ~/.codex/config.toml"));
}
