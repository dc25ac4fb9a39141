//! The measurements of `cargo xtask bench` that run in processes of their own, because the commands must run while
//! our crates do not compile.
//!
//! `measure NAME` prints one JSON object; `postgres`, `upstreams` and `chain` print lines. It is one program for all, because
//! linking one that contains the server takes longer than compiling a measurement.
#![expect(clippy::print_stdout, reason = "the figures on stdout are the example's interface")]

mod audit_verification;
mod database_and_audit_load;
mod docker_host;
mod operation_costs;
mod pages;
mod postgres;
mod provisioning_and_call_costs;
mod scale_costs;
mod upstreams;

use std::error::Error;

use serde_json::Value;

/// The result of a measurement.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let name = std::env::args().nth(1).unwrap_or_default();
    if let Some(figures) = Box::pin(run_measurement(&name)).await? {
        println!("{figures}");
    }
    Ok(())
}

/// Runs a measurement; `None` if it has printed its figures itself.
async fn run_measurement(name: &str) -> Outcome<Option<Value>> {
    let figures = match name {
        "chain" => return audit_verification::print().await.map(|()| None),
        "costs" => operation_costs::take().await,
        "docker_host" => docker_host::take().await,
        "figures" => provisioning_and_call_costs::take().await,
        "pages" => pages::take().await,
        "polling" => operation_costs::polling().await,
        "postgres" => return postgres::serve().map(|()| None),
        "scale" => scale_costs::take().await,
        "upkeep" => database_and_audit_load::take().await,
        "upstreams" => return upstreams::serve().await.map(|()| None),
        _ => Err(
            "usage: measure chain|costs|docker_host|figures|pages|polling|postgres|scale|upkeep|upstreams"
                .into(),
        ),
    };
    figures.map(Some)
}
