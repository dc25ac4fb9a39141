//! The numbers and times of all tenants together that the metrics show.

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Timestamp, boxed};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::error::Result;
use crate::row::moment;
use crate::store::{Pools, Store};
use crate::tx::{RunQueryDsl, Scope};

/// Numbers and times of all tenants together, which name nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationalFigures {
    /// The number of workspaces with each status; a status without workspaces is left out.
    pub workspaces: Vec<(ProvisionStatus, u64)>,
    /// The number of tenants with each status, by the word for it.
    pub tenants: Vec<(&'static str, u64)>,
    /// The unfinished work, by kind.
    pub open: Vec<(&'static str, OpenWork)>,
}

/// Work that was begun and has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenWork {
    /// The number of unfinished items.
    pub count: u64,
    /// When the oldest of it was begun.
    pub oldest: Option<Timestamp>,
}

/// The words for the status of a tenant.
const TENANTS: [&str; 4] = ["active", "suspended", "deleting", "deleted"];

/// The kinds of work that a crash may leave open.
const OPEN: [&str; 3] = ["creations", "provisioning", "domain_orders"];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    label: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    oldest: Option<i64>,
}

impl Store {
    /// Returns the numbers and times of all tenants together.
    #[boxed]
    pub async fn operational_figures(&self) -> Result<OperationalFigures> {
        // The server's role sees one tenant at a time; the function returns numbers, and nothing else.
        let query = match self.pools {
            Pools::Postgres(_) => "SELECT * FROM operational_figures()",
            Pools::Sqlite { .. } => "SELECT * FROM operational_figures",
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let rows: Vec<Row> = on!(tx, conn => diesel::sql_query(query).load(conn).await)?;
        tx.commit().await?;
        let mut figures = OperationalFigures::default();
        for row in &rows {
            figures.add(row);
        }
        Ok(figures)
    }
}

impl OperationalFigures {
    /// Adds a row. A word that this release does not know is left out: a newer one may have written it.
    fn add(&mut self, row: &Row) {
        let count = u64::try_from(row.number).unwrap_or_default();
        let known = |words: &[&'static str]| words.iter().copied().find(|word| *word == row.label);
        match row.name.as_str() {
            "workspaces" => {
                let status = ProvisionStatus::from_word(&row.label);
                self.workspaces.extend(status.map(|status| (status, count)));
            }
            "tenants" => self.tenants.extend(known(&TENANTS).map(|word| (word, count))),
            _ => {
                let work = OpenWork { count, oldest: moment(row.oldest) };
                self.open.extend(known(&OPEN).map(|word| (word, work)));
            }
        }
    }
}
