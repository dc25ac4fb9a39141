//! The check that Gitea reaches the running server with its hooks. Gitea does not report whether it delivered, so
//! it delivers once to the server, and the server is asked.

mod internal_addresses;

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use covibe_config::Config;
use covibe_domain::Secret;
use covibe_gitea::{Error, FileChange, HookSecret, NewCommit, Writer};
use covibe_installation::{listeners, secrets_key};
use covibe_upstream::{CallStatistics, Expiry, Settings, Transport};
use covibe_workspace::{HOOK_PATH, HookTrial, hook_refusal};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::check_outcome::{Check, failed_check, passed_check};

/// The branch of the repository.
pub(crate) const BRANCH: &str = "main";

const NAME: &str = "gitea.deliveries";

/// The time within which a delivery must arrive: a real one takes up to 4 seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause between two questions to the server.
const PAUSE: Duration = Duration::from_millis(250);

/// The timeout of one answer of the server.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of bytes of an answer.
const BODY: usize = 1 << 10;

/// Lets Gitea deliver the newest commit of this empty repository, which gets one, to the running server, and then
/// to an address inside.
pub(crate) async fn checks(
    writer: &Writer<'_>,
    place: (&str, &str),
    config: &Config,
) -> Vec<Check> {
    let origin = listeners::origin(config, config.bind);
    let trial = HookTrial::random();
    let tried = async {
        let keys = secrets_key::existing(config)?;
        let keys = keys.context("there is no secrets key yet: `serve` creates it")?;
        let secret = trial.secrets(&keys).into_iter().next().context("no secrets key")?;
        let says = deliver(writer, place, &origin, (&trial, &secret)).await?;
        let origin: Url = origin.parse().context("the server's origin")?;
        anyhow::Ok((says, internal_addresses::check(writer, place, &origin, &secret).await))
    };
    match tried.await {
        Ok((says, inside)) => [passed_check(NAME, says)].into_iter().chain(inside).collect(),
        Err(error) => vec![failed_check(NAME, format!("{error:#}"))],
    }
}

async fn deliver(
    writer: &Writer<'_>,
    (org, repo): (&str, &str),
    origin: &str,
    (trial, secret): (&HookTrial, &HookSecret),
) -> anyhow::Result<String> {
    let server = RunningServer::at(origin)?;
    server.has_arrived(trial).await?;
    // Gitea tests no hook of an empty repository.
    let content = b"A check of Co-Vibe.\n".as_slice().into();
    let readme = FileChange::Create { path: "README.md".to_owned(), content, executable: false };
    let (branch, message) = (BRANCH.to_owned(), "Check deliveries".to_owned());
    let first = NewCommit { branch, message, files: vec![readme] };
    writer.commit(org, repo, &first).await.context("committing a file")?;
    let hook = writer.create_hook(org, repo, &trial.address(origin), secret).await;
    let hook = hook.map_err(uncreated_hook)?;
    writer.test_hook(org, repo, hook.id).await.context("testing a hook")?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if server.has_arrived(trial).await? {
            return Ok(format!("Gitea reaches {origin}{HOOK_PATH}"));
        }
        sleep(PAUSE).await;
    }
    bail!(
        "no delivery reached {origin}{HOOK_PATH} within {} seconds, and Gitea says nothing: let [webhook] \
         ALLOWED_HOST_LIST in its app.ini allow that host, and make sure that Gitea can connect to it and trusts \
         its certificate. Until then, pushes are noticed up to a minute late",
        PATIENCE.as_secs()
    )
}

/// Explains why no hook could be created.
fn uncreated_hook(error: Error) -> anyhow::Error {
    match hook_refusal(&error) {
        Some(refusal) => {
            anyhow!("{} {}", refusal.message, refusal.hint.as_deref().unwrap_or_default())
        }
        None => anyhow::Error::new(error).context("creating a hook"),
    }
}

/// The server that this configuration is for.
struct RunningServer(Transport);

#[derive(Deserialize)]
struct DeliveryAnswer {
    arrived: bool,
}

impl RunningServer {
    fn at(origin: &str) -> anyhow::Result<Self> {
        let settings = Settings {
            upstream: "the server",
            base: origin.parse::<Url>().context("the server's origin")?,
            authorization: Secret::new("none"),
            timeout: TIMEOUT,
            expiry: Expiry::default(),
            connect_timeout: TIMEOUT,
            deadline: TIMEOUT,
            body_limit: BODY,
            limiter: None,
            observed: CallStatistics::default(),
            classify: |_, _| None,
            vet: None,
            slow: None,
        };
        Ok(Self(Transport::new(settings)?))
    }

    async fn has_arrived(&self, trial: &HookTrial) -> anyhow::Result<bool> {
        let request = self.0.get(HOOK_PATH).query(HookTrial::PARAMETER, trial.name());
        let answer: DeliveryAnswer = request.json().await.context(
            "no server with this configuration answers: start `covibe-server serve`, and set COVIBE_HOSTED_URL to \
             its public origin",
        )?;
        Ok(answer.arrived)
    }
}
