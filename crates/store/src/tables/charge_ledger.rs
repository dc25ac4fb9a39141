//! The charges of workspaces. They are appended and never changed.

use covibe_domain::{Currency, Money, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::word;
use crate::schema::vibn_billing_ledger as table;
use crate::tx::{RunQueryDsl, Tx};

/// The kind of an entry by which a workspace owes an amount.
const DEBIT: &str = "debit";

/// An amount that a workspace owes for something that was bought for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit {
    /// The entry's id.
    pub id: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Where it was bought: the registrar's system.
    pub source: String,
    /// The order's id there.
    pub reference: String,
    /// The price.
    pub amount: Money,
    /// The subject of the purchase: the domain.
    pub subject: String,
    /// When it was bought.
    pub at: Timestamp,
}

impl Tx {
    /// Appends a debit.
    ///
    /// # Errors
    ///
    /// Conflict if the order was debited before, by whichever workspace.
    #[boxed]
    pub async fn insert_debit(&mut self, debit: &Debit) -> Result<()> {
        let row = (
            table::id.eq(debit.id.clone()),
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(debit.workspace.to_string()),
            table::kind.eq(DEBIT),
            table::source.eq(debit.source.clone()),
            table::ref_id.eq(debit.reference.clone()),
            table::amount.eq(debit.amount.minor),
            table::currency.eq(debit.amount.currency.as_str()),
            table::subject.eq(debit.subject.clone()),
            table::at.eq(debit.at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns at most this many debits of a workspace, the latest first.
    #[boxed]
    pub async fn debits(&mut self, workspace: &WorkspaceId, take: u32) -> Result<Vec<Debit>> {
        type Row = (String, String, String, i64, String, String, i64);
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(DEBIT))
            .order((table::at.desc(), table::id.desc()))
            .limit(take.into())
            .select((
                table::id,
                table::source,
                table::ref_id,
                table::amount,
                table::currency,
                table::subject,
                table::at,
            ))
            .load(conn).await)?;
        let read = |(id, source, reference, minor, currency, subject, at): Row| {
            let currency = word(Currency::from_word(&currency), "vibn_billing_ledger.currency")?;
            let (workspace, amount) = (workspace.clone(), Money { minor, currency });
            let at = Timestamp::from_millis(at);
            Ok(Debit { id, workspace, source, reference, amount, subject, at })
        };
        rows.into_iter().map(read).collect()
    }
}
