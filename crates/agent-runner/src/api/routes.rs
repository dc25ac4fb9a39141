//! The routes.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web::{Data, Path, Payload, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use covibe_agent_servers::agent::runner_api_types::{JobStatus, NewJob};
use covibe_agent_servers::agent::runner_proof::{HEALTH, Health, prove};
use covibe_domain::{Failure, Secret};
use covibe_operation::Tool;
use serde::Deserialize;

use super::{answer, body, event_stream};
use crate::runner::Runner;

/// The things that handlers share.
#[derive(Clone, Debug)]
pub(super) struct Api {
    pub(super) runner: Runner,
    /// Checks a new job by its schema, and queues it.
    pub(super) run: Arc<Tool<Runner>>,
    token: Secret,
}

impl Api {
    pub(super) fn new(runner: Runner, token: Secret) -> Self {
        let run = Arc::new(Tool::from_operation::<NewJob>());
        Self { runner, run, token }
    }
}

/// Adds the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(HEALTH).route(get().to(health)).default_service(other_method()))
        .service(resource("/api/agent/run").route(post().to(run)).default_service(other_method()))
        .service(resource("/api/agents").route(get().to(agents)).default_service(other_method()))
        .service(resource("/api/jobs").route(get().to(jobs)).default_service(other_method()))
        .service(resource("/api/jobs/{id}").route(get().to(job)).default_service(other_method()))
        .service(
            resource("/api/jobs/{id}/events")
                .route(get().to(event_stream::follow))
                .default_service(other_method()),
        )
        .service(
            resource("/api/jobs/{id}/cancel")
                .route(post().to(cancel))
                .default_service(other_method()),
        );
}

/// Answers a path that does not exist.
pub(super) async fn nowhere() -> HttpResponse {
    answer::failure(&Failure::not_found("There is nothing at this path."))
}

fn other_method() -> actix_web::Route {
    actix_web::web::to(|| async {
        answer::with_status(405, &Failure::invalid("This path does not support this method."))
    })
}

/// The query with a caller's challenge.
#[derive(Deserialize)]
struct Challenged {
    challenge: String,
}

/// Answers everyone, so it reveals nothing about jobs. It proves to callers of this machine that the runner has the
/// token.
async fn health(api: Data<Api>, request: HttpRequest) -> HttpResponse {
    let query = Query::<Challenged>::from_query(request.query_string()).ok();
    let address = request.conn_data::<SocketAddr>().copied();
    let proof = query
        .zip(address)
        .and_then(|(query, address)| prove(&api.token, address, &query.challenge));
    answer::json(200, &Health { status: "ok".to_owned(), proof })
}

async fn agents(api: Data<Api>) -> HttpResponse {
    answer::json(200, &api.runner.agents())
}

async fn run(api: Data<Api>, payload: Payload) -> HttpResponse {
    let queued = async {
        let mut parameters = body::object(payload).await?;
        api.run.check(&mut parameters)?;
        api.run.run(parameters, &api.runner).await
    };
    match queued.await {
        Ok(accepted) => answer::json_text(202, accepted.into()),
        Err(failure) => answer::failure(&failure),
    }
}

/// The query of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    status: Option<JobStatus>,
}

async fn jobs(api: Data<Api>, request: HttpRequest) -> HttpResponse {
    match Query::<Listed>::from_query(request.query_string()) {
        Ok(query) => answer::json(200, &api.runner.list(query.status)),
        Err(_) => answer::failure(&Failure::invalid(
            "The query can contain only `status`: queued, running, succeeded, failed, timed_out, \
             cancelled or lost.",
        )),
    }
}

async fn job(api: Data<Api>, id: Path<String>) -> HttpResponse {
    let job = match api.runner.job(&id) {
        Ok(job) => job,
        Err(failure) => return answer::failure(&failure),
    };
    // Its output is read from files.
    let view = actix_web::web::block(move || job.view()).await;
    answer::outcome(200, view.map_err(|_| Failure::unready("The runner is shutting down.")))
}

async fn cancel(api: Data<Api>, id: Path<String>) -> HttpResponse {
    let cancelled = api.runner.cancel(&id).await;
    let has_ended = cancelled.as_ref().is_ok_and(|job| job.status.has_ended());
    answer::outcome(if has_ended { 200 } else { 202 }, cancelled)
}
