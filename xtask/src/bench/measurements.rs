//! The measurements: every subject at every number of connections, in rounds.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::closed_loop_load::{self, Cell};
use super::measured_programs::{Database, Programs, Server};
use super::process_usage;
use crate::process::throwaway_postgres::Postgres;

/// The size above which an answer stalls without `TCP_NODELAY`, and the target size; in bytes.
const STALLS_ABOVE: usize = 32 * 1024;
const LARGE: usize = 40 * 1024;

/// The method whose answer has about the target size. It needs the key: answers that need none are limited for each
/// address.
const LARGE_METHOD: &str = "tools/list";

/// The processes under measurement.
pub(super) struct Subjects {
    bare: Server,
    bare_large: Server,
    sqlite: Server,
    postgres: Server,
    large: Large,
    /// The resident memory before the load, in KiB.
    pub(super) idle: Resident,
}

/// Resident memory by subject, in KiB.
pub(super) type Resident = Vec<(&'static str, u64)>;

/// The server's large answer.
struct Large {
    bytes: usize,
    /// True if the server gives an answer of that size; otherwise only the bare handler is measured.
    served: bool,
}

/// One subject at one number of connections.
pub(super) struct Lane<'a> {
    /// The heading of the lane's table.
    pub(super) table: String,
    server: &'a Server,
    request: Arc<[u8]>,
    connections: usize,
}

/// A lane with the results of its rounds.
pub(super) struct Series {
    pub(super) table: String,
    pub(super) subject: &'static str,
    pub(super) cells: Vec<Cell>,
}

impl Subjects {
    /// Starts the servers, then the bare handlers, which answer with the servers' bytes.
    pub(super) async fn start(programs: &Programs, postgres: &mut Postgres) -> Result<Self> {
        let sqlite = programs.server(Database::Sqlite(&programs.scratch_of("data")?)).await?;
        let variables = postgres.database().await?;
        let postgres = programs.server(Database::Postgres(&variables)).await?;
        let bare = programs.bare("bare", &sqlite.answer().await?).await?;
        postgres.answer().await.context("PostgreSQL")?;
        // Before the large answer, which is kept once it is generated.
        let idle = resident([&bare, &sqlite, &postgres])?;
        let mut body = sqlite.answer_to(&large_request(&sqlite)).await?;
        let served = body.len() > STALLS_ABOVE;
        if !served {
            body = vec![b' '; LARGE];
        }
        let large = Large { bytes: body.len(), served };
        let bare_large = programs.bare("bare large", &body).await?;
        Ok(Self { bare, bare_large, sqlite, postgres, large, idle })
    }

    /// Returns the current resident memory of the three subjects.
    pub(super) fn resident(&self) -> Result<Resident> {
        resident([&self.bare, &self.sqlite, &self.postgres])
    }

    /// Returns the lanes in the order of a round; the first lane of each table is its baseline.
    pub(super) fn lanes(&self) -> Vec<Lane<'_>> {
        let mut lanes = Vec::new();
        for connections in [1, 32] {
            let table = format!("tools/call workspace_describe, connections: {connections}");
            for server in [&self.bare, &self.sqlite, &self.postgres] {
                let (table, request) = (table.clone(), Arc::clone(&server.describe));
                lanes.push(Lane { table, server, request, connections });
            }
        }
        let large = if self.large.served {
            &[&self.bare_large, &self.sqlite][..]
        } else {
            &[&self.bare_large]
        };
        let note =
            if self.large.served { "" } else { " (the server's answer there is not above 32 KiB)" };
        for server in large {
            let table = format!("{LARGE_METHOD}, {} bytes, connections: 1{note}", self.large.bytes);
            let request = large_request(server).into();
            lanes.push(Lane { table, server, request, connections: 1 });
        }
        lanes
    }
}

/// Returns the request for the large answer.
fn large_request(server: &Server) -> Vec<u8> {
    server.said.request(LARGE_METHOD, &json!({}))
}

fn resident(subjects: [&Server; 3]) -> Result<Resident> {
    let of = |server: &Server| Ok((server.name, process_usage::resident(server.pid()?)?));
    subjects.into_iter().map(of).collect()
}

/// Measures every lane once per round, so that other load on the machine affects all lanes equally.
pub(super) async fn rounds(
    lanes: &[Lane<'_>],
    rounds: u32,
    duration: Duration,
) -> Result<Vec<Series>> {
    let of_lane = |lane: &Lane<'_>| Series {
        table: lane.table.clone(),
        subject: lane.server.name,
        cells: Vec::new(),
    };
    let mut series: Vec<_> = lanes.iter().map(of_lane).collect();
    for _ in 0..rounds {
        for (lane, series) in lanes.iter().zip(&mut series) {
            let target = (lane.server.said.authority.as_str(), lane.server.pid()?);
            let cell =
                closed_loop_load::measure(target, &lane.request, lane.connections, duration).await;
            series
                .cells
                .push(cell.with_context(|| format!("{}, {}", lane.server.name, lane.table))?);
        }
    }
    Ok(series)
}
