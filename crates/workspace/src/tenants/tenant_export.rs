//! The records of a tenant as JSON, without secrets.

use std::collections::BTreeMap;

use covibe_domain::{Failure, TenantId, boxed};
use covibe_store::{Error, exported_tables};
use serde_json::value::RawValue;

use super::suspension::Deed;
use crate::platform::Platform;

/// The rows of each table that a tenant has some in, by the table's name; each row is a JSON object.
pub type TenantRecords = BTreeMap<&'static str, Vec<Box<RawValue>>>;

impl Platform {
    /// Returns all records that a tenant owns as the operator, as they were at one moment, without secrets and without the
    /// audit.
    ///
    /// # Errors
    ///
    /// Not found if there is no such tenant; unready if the audit can't be written.
    #[boxed]
    pub async fn export_tenant(&self, tenant: &TenantId) -> Result<TenantRecords, Failure> {
        self.tenant_record(tenant).await?;
        let deed = Deed::begin(self, tenant, "tenant.export").await?;
        let mut records = TenantRecords::new();
        let mut tx = self.store.tenant_read(tenant).await?;
        for table in exported_tables() {
            let rows = tx.tenant_rows(table).await?;
            let rows = rows.into_iter().map(RawValue::from_string).collect::<Result<Vec<_>, _>>();
            let rows = rows.map_err(|_| Error::Corrupt("a row that is not JSON"))?;
            if !rows.is_empty() {
                records.insert(table, rows);
            }
        }
        tx.commit().await?;
        deed.record_end().await?;
        Ok(records)
    }
}
