//! The context of the agent server: the runner's address, the source of its token, and the guard.

use std::net::SocketAddr;
use std::time::Duration;

use covibe_domain::{Failure, Secret};
use covibe_upstream::{CallStatistics, DEADLINE, Expiry, Request, Settings, Transport, api_base};
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::runner_api_types::{AcceptedJob, Job, NewJob};
use super::runner_proof::{
    CHALLENGE, HEALTH, Health, has_valid_proof, is_plain_local_name, plain_loopback,
};
use super::runner_refusals::{ANSWERED, refusal, unproven};
use super::runner_token::{TOKEN, TokenSource};
use crate::environment_settings::Variables;
use crate::protected_resources::{Guard, Unprotected};

/// The runner's address unless `AGENT_RUNNER_URL` says otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:3333";

/// The runner's name in messages.
const RUNNER: &str = "The runner";

/// The size limit of an answer, in bytes: an output of 24 KiB whose characters are all escaped, and the rest.
const BODY_LIMIT: usize = 256 * 1024;

/// The context of the agent server.
#[derive(Clone, Debug)]
pub struct AgentContext {
    transport: Transport,
    guard: Guard,
    token: TokenSource,
    /// The address at which the runner has to prove that it has the token: one of this machine, without TLS.
    prover: Option<SocketAddr>,
}

impl AgentContext {
    /// Reads `AGENT_RUNNER_URL`, `AGENT_RUNNER_TOKEN` or else `AGENT_RUNNER_HOME`, and the guard's variables; none if a
    /// problem was noted. A rustls crypto provider must be installed.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let guard = Guard::read(variables);
        let url = variables.url_or("AGENT_RUNNER_URL", DEFAULT_URL)?;
        if is_plain_local_name(&url) {
            variables.problem(
                "AGENT_RUNNER_URL must have 127.0.0.1 or [::1] in place of localhost: this name has several \
                 addresses, and another program can answer at one of them.",
            );
            return None;
        }
        let token = TokenSource::find(variables, &url);
        let base = api_base(RUNNER, &url, "").ok()?;
        match Transport::new(settings(base, variables.optional(TOKEN).as_deref())) {
            Ok(transport) => Some(Self { transport, guard, token, prover: plain_loopback(&url) }),
            Err(error) => {
                variables.problem(format!("AGENT_RUNNER_URL or AGENT_RUNNER_TOKEN: {error}."));
                None
            }
        }
    }

    /// Returns a job that no pattern protects from being run.
    pub(super) fn permit(&self, job: NewJob) -> Result<Unprotected<NewJob>, Failure> {
        self.guard.permit(job)
    }

    /// Has the runner queue a job. The job's key makes it safe to repeat the request after a lost answer.
    pub(super) async fn start(&self, job: &Unprotected<NewJob>) -> Result<AcceptedJob, Failure> {
        let request = self.transport.post("/api/agent/run").body(json!(**job));
        self.answer(request.repeatable()).await
    }

    /// Returns a job.
    pub(super) async fn job(&self, id: &str) -> Result<Job, Failure> {
        self.answer(self.transport.get("/api/jobs/{id}").segment(id)).await
    }

    async fn answer<T: DeserializeOwned>(&self, request: Request) -> Result<T, Failure> {
        let token = self.token.read();
        if let (Some(token), Some(address)) = (&token, self.prover) {
            self.require_proof(token, address).await?;
        }
        let request = match token {
            Some(token) => request.authorization(&bearer(token.expose())),
            None => request.anonymous(),
        };
        let answer = request.accept_statuses(ANSWERED).send().await?;
        if answer.status() < 300 { Ok(answer.json()?) } else { Err(refusal(answer)) }
    }

    /// Fails unless the program at the runner's address has the token already.
    async fn require_proof(&self, token: &Secret, address: SocketAddr) -> Result<(), Failure> {
        // Nobody can have asked for its proof before.
        let challenge = Uuid::now_v7().to_string();
        let request = self.transport.get(HEALTH).query(CHALLENGE, &challenge).anonymous();
        let answer = request.accept_statuses(ANSWERED).send().await?;
        let health = answer.json::<Health>().ok();
        let proof = health.as_ref().and_then(|health| health.proof.as_deref());
        if has_valid_proof(token, address, &challenge, proof) { Ok(()) } else { Err(unproven()) }
    }
}

fn bearer(token: &str) -> Secret {
    Secret::new(format!("Bearer {token}"))
}

fn settings(base: url::Url, token: Option<&str>) -> Settings {
    Settings {
        upstream: RUNNER,
        base,
        // No request has it, because each gets a header of its own. Here it is only checked, and must not be empty.
        authorization: token.map_or_else(|| Secret::new("none"), bearer),
        timeout: Duration::from_secs(20),
        expiry: Expiry::default(),
        connect_timeout: Duration::from_secs(3),
        deadline: DEADLINE,
        body_limit: BODY_LIMIT,
        limiter: None,
        observed: CallStatistics::default(),
        classify: |_, _| None,
        vet: None,
        slow: None,
    }
}
