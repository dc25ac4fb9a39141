//! Verifying the entries in files against the chain in the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use covibe_domain::{TenantId, boxed};

use super::Walk;
use crate::audit::audit_entry::Row;
use crate::audit::chain::Head;
use crate::audit::export::{file_error, read_line};
use crate::error::{Error, Result};
use crate::row::parse;
use crate::store::Store;

/// The result of verifying a tenant's exported entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedExport {
    /// The tenant.
    pub tenant: TenantId,
    /// The number of the first entry.
    pub first: i64,
    /// The number of the last valid entry.
    pub last: i64,
    /// The number of the first invalid entry, and what is wrong with it.
    pub problem: Option<(i64, String)>,
}

impl Store {
    /// Verifies the entries in exported files of any tenants: that those of each tenant are a whole part of
    /// its chain, and continue at least to the first entry that the database still has. Equal entries in
    /// several files count once.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] if a file cannot be read or has other lines.
    #[boxed]
    pub async fn verify_export(&self, files: Vec<PathBuf>) -> Result<Vec<VerifiedExport>> {
        let opened = tokio::task::spawn_blocking(move || by_tenant(&files)).await;
        let mut verified = Vec::new();
        for (tenant, files) in opened.map_err(|_| panicked_verification())?? {
            verified.push(self.verify_exported(tenant, files).await?);
        }
        Ok(verified)
    }

    async fn verify_exported(&self, tenant: TenantId, files: Vec<Lines>) -> Result<VerifiedExport> {
        let mut tx = self.tenant_read(&tenant).await?;
        let cut = tx.cut().await?;
        tx.commit().await?;
        let of = tenant.clone();
        let walked = tokio::task::spawn_blocking(move || walk(&of, files, &cut)).await;
        let WalkedPart { first, reached, mut problem, is_beyond } =
            walked.map_err(|_| panicked_verification())??;
        if problem.is_none() && is_beyond {
            // It was exported, and its server was killed before it was dropped.
            let mut tx = self.tenant_read(&tenant).await?;
            let is_there = tx.has_entry(&reached).await?;
            tx.commit().await?;
            let what = || format!("the database has no such entry {}", reached.seq);
            problem = (!is_there).then(|| (reached.seq, what()));
        }
        Ok(VerifiedExport { tenant, first, last: reached.seq, problem })
    }
}

fn panicked_verification() -> Error {
    Error::Unavailable("the verification panicked".to_owned())
}

/// The part of a chain that files have.
struct WalkedPart {
    first: i64,
    /// The last valid entry.
    reached: Head,
    problem: Option<(i64, String)>,
    /// True if the database still has that entry.
    is_beyond: bool,
}

/// Walks along the entries of a tenant up to the first problem. `cut` is the last one that was dropped.
fn walk(tenant: &TenantId, mut files: Vec<Lines>, cut: &Head) -> Result<WalkedPart> {
    let begin = files.iter().filter_map(|file| file.next.as_ref()).min_by_key(|row| row.seq);
    let first = begin.and_then(|row| row.seq).unwrap_or_default();
    // The entry before the first one is in no file, unless the first one begins the chain.
    let before = begin.and_then(|row| row.previous.clone()).filter(|_| first > 1);
    let reached = before.map_or_else(Head::default, |digest| Head { seq: first - 1, digest });
    let mut walk = Walk { reached };
    let mut problem = None;
    while problem.is_none()
        && let Some(row) = take_least(&mut files)?
    {
        let is_twice =
            row.seq == Some(walk.reached.seq) && row.digest.as_ref() == Some(&walk.reached.digest);
        if is_twice {
            continue;
        }
        problem = (row.tenant_id != tenant.as_str())
            .then(|| (row.seq.unwrap_or_default(), "is another tenant's".to_owned()))
            .or_else(|| walk.step(&row));
        if problem.is_none() && walk.reached.seq == cut.seq && walk.reached.digest != cut.digest {
            let what = format!("entry {} is not the one that the database dropped last", cut.seq);
            problem = Some((cut.seq, what));
        }
    }
    let reached = walk.reached;
    if problem.is_none() && reached.seq < cut.seq {
        let missing = reached.seq.saturating_add(1);
        let what =
            format!("entries {missing} to {} were dropped and are missing from the files", cut.seq);
        problem = Some((missing, what));
    }
    let is_beyond = reached.seq > cut.seq;
    Ok(WalkedPart { first, reached, problem, is_beyond })
}

/// Takes the entry with the least number that any of the files has next.
fn take_least(files: &mut [Lines]) -> Result<Option<Row>> {
    let ahead = files.iter_mut().filter(|file| file.next.is_some());
    let least = ahead.min_by_key(|file| file.next.as_ref().and_then(|row| row.seq));
    least.map_or(Ok(None), Lines::take)
}

/// The entries of a file, in their order.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    next: Option<Row>,
}

impl Lines {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| file_error(path, &error))?;
        let mut lines = Self { path: path.to_owned(), file: BufReader::new(file), next: None };
        lines.take()?;
        Ok(lines)
    }

    /// Returns the entry that is next, and reads the one after it.
    fn take(&mut self) -> Result<Option<Row>> {
        let mut line = Vec::new();
        let read = read_line(&mut self.file, &mut line);
        let is_read = read.map_err(|error| file_error(&self.path, &error))?;
        let entry = || serde_json::from_slice(&line);
        let next = is_read.then(entry).transpose().map_err(|_| self.foreign())?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn foreign(&self) -> Error {
        let what = "it has lines that are not audit entries";
        file_error(&self.path, &std::io::Error::new(ErrorKind::InvalidData, what))
    }
}

/// Opens files, those of each tenant together. A file without entries belongs to none.
fn by_tenant(files: &[PathBuf]) -> Result<BTreeMap<TenantId, Vec<Lines>>> {
    let mut tenants: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for path in files {
        let lines = Lines::open(path)?;
        let Some(row) = &lines.next else { continue };
        let tenant: TenantId = parse(row.tenant_id.clone(), "audit_log.tenant_id")?;
        tenants.entry(tenant).or_default().push(lines);
    }
    Ok(tenants)
}
