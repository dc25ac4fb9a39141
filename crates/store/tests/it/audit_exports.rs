//! Entries are in files before the database drops them: each once, whatever happens meanwhile.

use std::fs;
use std::path::PathBuf;

use covibe_store::{AuditEntry, Error, ExportFolder, VerifiedExport};
use tempfile::TempDir;

use crate::fixture::*;

on_both!(
    dropped_entries_are_exported_to_the_file_of_their_tenant_and_month,
    a_repeated_removal_exports_no_entry_twice,
    an_incomplete_line_of_an_export_is_completed_by_the_next_removal,
    entries_that_cannot_be_exported_are_not_dropped,
    a_restored_database_refuses_to_continue_newer_export_files,
    verification_finds_every_change_of_an_export_file,
);

/// About a month, in milliseconds.
const MONTH: i64 = 31 * 24 * 3_600_000;

/// Nine entries in three months.
async fn three_months(fixture: &Fixture) {
    let entries: Vec<_> = (0..9)
        .map(|number| AuditEntry { at: at(number / 3 * MONTH + number), ..entry("acme", number) })
        .collect();
    fixture.store.append_audit(&entries).await.unwrap();
    fixture.store.append_audit(&[entry("beta", 1)]).await.unwrap();
}

/// Drops what is older, after its export.
async fn cut(fixture: &Fixture, to: &TempDir, before: i64) -> Result<Option<i64>, Error> {
    let folder = ExportFolder::new(to.path().join("exports"));
    fixture.store.cut_audit(&tenant("acme"), at(before), Some(&folder)).await
}

/// The files in a folder, by name.
fn files(of: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(of.path().join("exports")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files
}

fn contents(of: &TempDir) -> Vec<String> {
    files(of).iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

async fn verify_files(fixture: &Fixture, files: Vec<PathBuf>) -> VerifiedExport {
    let mut all = fixture.store.verify_export(files).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn dropped_entries_are_exported_to_the_file_of_their_tenant_and_month(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    three_months(&fixture).await;
    assert_eq!(cut(&fixture, &folder, MONTH + 4).await.unwrap(), Some(4));
    assert_eq!(cut(&fixture, &folder, 9 * MONTH).await.unwrap(), Some(9));
    let names: Vec<_> = files(&folder)
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let expected = ["1970-01", "1970-02", "1970-03"].map(|it| format!("ten_acme.{it}.jsonl"));
    assert_eq!(names, expected);
    assert!(contents(&folder).iter().all(|text| text.lines().count() == 3));
    let found = verify_files(&fixture, files(&folder)).await;
    assert_eq!((found.first, found.last, found.problem), (1, 9, None));
    let rest = fixture.store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((rest.removed, rest.problem), (9, None));
    #[cfg(unix)]
    for path in files(&folder).iter().chain([&folder.path().join("exports")]) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

/// Makes removals fail, as if the process was killed before them, or stops doing so.
async fn fail_removals(fixture: &Fixture, so: bool) {
    let sql = match (&fixture.database, so) {
        (TestDatabase::Sqlite(_), true) => {
            "CREATE TRIGGER fails BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'x'); END"
        }
        (TestDatabase::Sqlite(_), false) => "DROP TRIGGER fails",
        (TestDatabase::Postgres(_), true) => {
            "REVOKE UPDATE (cut_seq, cut_digest) ON audit_heads FROM covibe_runtime"
        }
        (TestDatabase::Postgres(_), false) => {
            "GRANT UPDATE (cut_seq, cut_digest) ON audit_heads TO covibe_runtime"
        }
    };
    fixture.tamper("none", sql).await;
}

async fn a_repeated_removal_exports_no_entry_twice(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    three_months(&fixture).await;
    fail_removals(&fixture, true).await;
    cut(&fixture, &folder, 5).await.unwrap_err();
    let interrupted = contents(&folder);
    let found = verify_files(&fixture, files(&folder)).await;
    assert_eq!((found.last, found.problem), (3, None), "it has what the database has, too");
    fail_removals(&fixture, false).await;
    assert_eq!(cut(&fixture, &folder, 5).await.unwrap(), Some(3));
    assert_eq!(contents(&folder), interrupted);
    // Another server has a folder of its own, with what both exported.
    let other = TempDir::new().unwrap();
    fs::create_dir(other.path().join("exports")).unwrap();
    for path in files(&folder) {
        fs::copy(&path, other.path().join("exports").join(path.file_name().unwrap())).unwrap();
    }
    assert_eq!(cut(&fixture, &folder, 9 * MONTH).await.unwrap(), Some(9));
    let both = [files(&folder), files(&other)].concat();
    assert_eq!(verify_files(&fixture, both).await.problem, None);
}

/// The process is killed while it writes: whatever of the last lines is there is completed.
async fn an_incomplete_line_of_an_export_is_completed_by_the_next_removal(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    three_months(&fixture).await;
    fail_removals(&fixture, true).await;
    cut(&fixture, &folder, 5).await.unwrap_err();
    let (whole, path) = (contents(&folder).remove(0), files(&folder).remove(0));
    for length in (0..whole.len()).step_by(61).chain([whole.len() - 1]) {
        fs::write(&path, &whole[..length]).unwrap();
        cut(&fixture, &folder, 5).await.unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), whole, "{length}");
    }
    assert_eq!(verify_files(&fixture, files(&folder)).await.problem, None);
}

async fn entries_that_cannot_be_exported_are_not_dropped(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    three_months(&fixture).await;
    let exports = folder.path().join("exports");
    fs::write(&exports, "a file").unwrap();
    let refused = cut(&fixture, &folder, 5).await.unwrap_err();
    assert!(matches!(refused, Error::Export(_)), "{refused}");
    fs::remove_file(&exports).unwrap();
    fs::create_dir(&exports).unwrap();
    let foreign = exports.join("ten_acme.1970-01.jsonl");
    fs::write(&foreign, "shopping list\nmilk\n").unwrap();
    let refused = cut(&fixture, &folder, 5).await.unwrap_err();
    assert!(refused.to_string().contains("not audit entries"), "{refused}");
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "shopping list\nmilk\n");
    let whole = fixture.store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((whole.entries, whole.removed, whole.problem), (9, 0, None));
}

async fn a_restored_database_refuses_to_continue_newer_export_files(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    let future =
        [1, 2, 3].map(|number| AuditEntry { call: "x".to_owned(), ..entry("acme", number) });
    fixture.store.append_audit(&future).await.unwrap();
    assert_eq!(cut(&fixture, &folder, 9).await.unwrap(), Some(3));
    let restored = match fixture.database {
        TestDatabase::Sqlite(_) => Fixture::sqlite().await,
        TestDatabase::Postgres(_) => Fixture::postgres().await.unwrap(),
    };
    three_months(&restored).await;
    let before = contents(&folder);
    let refused = cut(&restored, &folder, 2).await.unwrap_err();
    assert!(refused.to_string().contains("Move the file away"), "{refused}");
    assert_eq!(contents(&folder), before);
    let found = verify_files(&restored, files(&folder)).await;
    assert_eq!(found.problem.unwrap().0, 3, "the database has another entry");
}

async fn verification_finds_every_change_of_an_export_file(fixture: Fixture) {
    let folder = TempDir::new().unwrap();
    three_months(&fixture).await;
    assert_eq!(cut(&fixture, &folder, 9 * MONTH).await.unwrap(), Some(9));
    let (all, path) = (files(&folder), files(&folder).remove(1));
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    for (changed, at) in [
        (whole.replacen("\"outcome\":\"ok\"", "\"outcome\":\"no\"", 1), 4),
        (format!("{}\n{}\n", lines[0], lines[2]), 5),
        (format!("{}\n{}\n", lines[0], lines[1]), 6),
        (format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]), 4),
        (format!("{}\n{}\n{}", lines[0], lines[1], lines[2]), 6),
        (String::new(), 4),
    ] {
        fs::write(&path, &changed).unwrap();
        let found = verify_files(&fixture, all.clone()).await;
        assert_eq!(found.problem.map(|(at, _)| at), Some(at), "{changed}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(verify_files(&fixture, all.clone()).await.problem, None);
    let without_last = verify_files(&fixture, all[..2].to_vec()).await;
    assert_eq!(without_last.problem.unwrap().0, 7, "the last ones were dropped");
    let without_first = verify_files(&fixture, all[1..].to_vec()).await;
    assert_eq!((without_first.first, without_first.problem), (4, None), "others have the first");
    fs::write(&path, "no entry\n").unwrap();
    fixture.store.verify_export(all).await.unwrap_err();
}
