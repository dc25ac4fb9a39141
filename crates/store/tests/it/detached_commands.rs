//! The records of commands that run on without their client.

use std::time::Duration;

use covibe_domain::CommandId;
use covibe_store::{
    DetachedCommand, DetachedLimits, DetachedReport, NewDetachedCommand, Store, Tx,
};

use crate::fixture::*;

on_both!(
    a_command_is_read_as_its_server_reported_it,
    a_command_runs_until_it_ends_or_its_server_stops_reporting_it,
    the_end_of_a_command_is_recorded_once,
    the_server_of_a_command_learns_that_its_end_was_requested,
    the_commands_of_a_suspended_tenant_are_to_be_ended,
    the_commands_of_a_resource_are_listed_newest_first,
    a_workspace_runs_a_few_commands_at_once,
    a_command_that_its_server_no_longer_reports_takes_no_place,
    the_newest_results_are_kept,
    old_records_are_removed,
    records_leave_with_their_resource,
    records_leave_with_their_workspace,
    an_output_is_sealed_anew_unless_it_has_changed,
);

/// Limits that no other test reaches.
pub(crate) const LIMITS: DetachedLimits =
    DetachedLimits { running: 3, kept: 3, lost_after: MINUTE };

pub(crate) fn command_id(name: &str) -> CommandId {
    format!("cmd_{name}01").parse().unwrap()
}

pub(crate) fn detached(name: &str) -> NewDetachedCommand {
    NewDetachedCommand {
        id: command_id(name),
        workspace: workspace(name),
        resource: app(name).to_string(),
        container: format!("web-{name}"),
        service: Some("web".to_owned()),
        command: "sleep 60".to_owned(),
    }
}

/// Adds the command of a tenant, which runs and has printed something.
pub(crate) async fn put_detached(tx: &mut Tx, name: &str) {
    assert!(tx.insert_detached_command(&detached(name), LIMITS).await.unwrap());
    let own = workspace(name);
    let noted = tx.note_detached_command(&own, &command_id(name), Some("sealed")).await;
    assert_eq!(noted.unwrap(), DetachedReport::Recorded);
}

/// Reads the command of acme with this id.
async fn read(store: &Store, id: &CommandId) -> Option<(DetachedCommand, Option<String>)> {
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let resource = app("acme").to_string();
    let found = tx.detached_command(&workspace("acme"), &resource, id).await.unwrap();
    tx.commit().await.unwrap();
    found
}

/// Begins another command of acme; returns whether it was recorded.
async fn begin(store: &Store, number: usize) -> bool {
    let id = format!("cmd_more{number}").parse().unwrap();
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let new = NewDetachedCommand { id, ..detached("acme") };
    let begun = tx.insert_detached_command(&new, LIMITS).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

async fn finish(store: &Store, id: &CommandId) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    let ended = tx.end_detached_command(&own, id, r#"{"code":0}"#, Some("whole")).await.unwrap();
    tx.commit().await.unwrap();
    ended
}

async fn a_command_is_read_as_its_server_reported_it(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (found, output) = read(&fixture.store, &command_id("acme")).await.unwrap();
    let new = detached("acme");
    assert_eq!((&found.resource, &found.container), (&new.resource, &new.container));
    assert_eq!((&found.service, &found.workspace), (&new.service, &new.workspace));
    assert_eq!(found.command.as_ref(), Some(&new.command));
    assert_eq!((output.as_deref(), found.ended_at), (Some("sealed"), None));
    assert!(found.unseen_for < MINUTE && found.ran_for < MINUTE, "{found:?}");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_detached_command(&workspace("acme"), &new.id, None).await.unwrap();
    assert_eq!(noted, DetachedReport::Recorded);
    let other = tx.detached_command(&workspace("acme"), "another", &new.id).await.unwrap();
    assert_eq!(other, None, "it is another resource's");
    tx.commit().await.unwrap();
    let (_, output) = read(&fixture.store, &new.id).await.unwrap();
    assert_eq!(output.as_deref(), Some("sealed"), "a report without output keeps it");
}

/// Returns whether the command of acme runs, as a tenant sees it that waits this long for a report.
async fn runs(store: &Store, of: &str, resource: &str, lost_after: Duration) -> bool {
    let mut tx = store.tenant_read(&tenant(of)).await.unwrap();
    let (own, id) = (workspace(of), command_id("acme"));
    let runs = tx.detached_command_runs(&own, resource, &id, lost_after).await.unwrap();
    tx.commit().await.unwrap();
    runs
}

async fn a_command_runs_until_it_ends_or_its_server_stops_reporting_it(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let (store, app) = (&fixture.store, app("acme").to_string());
    assert!(runs(store, "acme", &app, MINUTE).await);
    assert!(!runs(store, "acme", "another", MINUTE).await, "it is another resource's");
    assert!(!runs(store, "beta", &app, MINUTE).await, "it is another tenant's");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(!runs(store, "acme", &app, Duration::ZERO).await, "its server does not report it");
    assert!(finish(store, &command_id("acme")).await);
    assert!(!runs(store, "acme", &app, MINUTE).await, "it has ended");
}

async fn the_end_of_a_command_is_recorded_once(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let id = command_id("acme");
    assert!(finish(&fixture.store, &id).await);
    assert!(!finish(&fixture.store, &id).await);
    let (found, output) = read(&fixture.store, &id).await.unwrap();
    assert!(found.ended_at.is_some());
    assert_eq!(found.result.as_deref(), Some(r#"{"code":0}"#));
    assert_eq!(output.as_deref(), Some("whole"));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_detached_command(&workspace("acme"), &id, Some("late")).await.unwrap();
    assert_eq!(noted, DetachedReport::Removed);
    tx.delete_detached_command(&workspace("acme"), &id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read(&fixture.store, &id).await, None);
}

/// Requests the end of the command of acme, and returns the answer to its server's next report.
async fn request_end(store: &Store, of: &str, resource: &str) -> (bool, DetachedReport) {
    let id = command_id("acme");
    let mut tx = store.tenant(&tenant(of)).await.unwrap();
    let changed = tx.cancel_detached_command(&workspace(of), resource, &id).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let noted = tx.note_detached_command(&workspace("acme"), &id, None).await.unwrap();
    tx.commit().await.unwrap();
    (changed, noted)
}

async fn the_server_of_a_command_learns_that_its_end_was_requested(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let (store, app) = (&fixture.store, app("acme").to_string());
    assert_eq!(request_end(store, "acme", "another").await, (false, DetachedReport::Recorded));
    assert_eq!(request_end(store, "beta", &app).await, (false, DetachedReport::Recorded));
    assert_eq!(request_end(store, "acme", &app).await, (true, DetachedReport::CancelRequested));
    assert!(finish(store, &command_id("acme")).await);
    assert_eq!(request_end(store, "acme", &app).await, (false, DetachedReport::Removed));
}

async fn the_commands_of_a_suspended_tenant_are_to_be_ended(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let (own, id) = (workspace("acme"), command_id("acme"));
    assert!(tx.suspend_tenant(at(60)).await.unwrap());
    let noted = tx.note_detached_command(&own, &id, None).await.unwrap();
    assert_eq!(noted, DetachedReport::CancelRequested);
    assert!(tx.resume_tenant().await.unwrap());
    let noted = tx.note_detached_command(&own, &id, None).await.unwrap();
    assert_eq!(noted, DetachedReport::Recorded);
    tx.commit().await.unwrap();
}

async fn the_commands_of_a_resource_are_listed_newest_first(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fixture.tamper("acme", "UPDATE detached_commands SET started_at = started_at - 1000").await;
    assert!(begin(&fixture.store, 1).await);
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let app = app("acme").to_string();
    let found = tx.detached_commands(&workspace("acme"), &app).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["cmd_more1", "cmd_acme01"]);
    assert!(found.iter().all(|it| it.command.as_deref() == Some("sleep 60")), "{found:?}");
    assert!(tx.detached_commands(&workspace("acme"), "another").await.unwrap().is_empty());
    tx.commit().await.unwrap();
}

async fn a_workspace_runs_a_few_commands_at_once(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(begin(&fixture.store, 1).await && begin(&fixture.store, 2).await);
    assert!(!begin(&fixture.store, 3).await, "three run");
    assert_eq!(read(&fixture.store, &"cmd_more3".parse().unwrap()).await, None);
    assert!(finish(&fixture.store, &command_id("acme")).await);
    assert!(begin(&fixture.store, 3).await);
    assert!(!begin(&fixture.store, 4).await);
}

/// Sets back when the commands of acme were reported last.
async fn age(fixture: &Fixture, by: Duration) {
    let millis = by.as_millis();
    let sql = format!("UPDATE detached_commands SET seen_at = seen_at - {millis}");
    fixture.tamper("acme", &sql).await;
}

async fn a_command_that_its_server_no_longer_reports_takes_no_place(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(begin(&fixture.store, 1).await && begin(&fixture.store, 2).await);
    age(&fixture, 2 * MINUTE).await;
    let (found, _) = read(&fixture.store, &command_id("acme")).await.unwrap();
    assert!(found.unseen_for > MINUTE && found.ended_at.is_none(), "{found:?}");
    assert!(begin(&fixture.store, 3).await);
}

async fn the_newest_results_are_kept(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(finish(&fixture.store, &command_id("acme")).await);
    let ids = (1..=4).map(|number| (number, format!("cmd_more{number}").parse().unwrap()));
    let ids: Vec<(usize, CommandId)> = ids.collect();
    for (number, id) in &ids {
        age(&fixture, Duration::from_secs(1)).await;
        assert!(begin(&fixture.store, *number).await);
        assert!(finish(&fixture.store, id).await);
    }
    assert_eq!(read(&fixture.store, &command_id("acme")).await, None);
    assert_eq!(read(&fixture.store, &ids[0].1).await, None);
    for (_, id) in &ids[1..] {
        assert!(read(&fixture.store, id).await.is_some(), "{id}");
    }
}

async fn old_records_are_removed(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    assert!(begin(&fixture.store, 1).await);
    assert_eq!(fixture.store.remove_old_detached_commands().await.unwrap(), 0);
    let id = command_id("acme");
    let day = Duration::from_hours(25).as_millis();
    let sql = format!("UPDATE detached_commands SET seen_at = seen_at - {day} WHERE id = '{id}'");
    fixture.tamper("acme", &sql).await;
    assert_eq!(read(&fixture.store, &id).await, None, "it is no longer read");
    assert_eq!(fixture.store.remove_old_detached_commands().await.unwrap(), 1);
    assert!(read(&fixture.store, &"cmd_more1".parse().unwrap()).await.is_some());
}

async fn records_leave_with_their_resource(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.delete_detached_commands(&workspace("acme"), "another").await.unwrap();
    tx.commit().await.unwrap();
    assert!(read(&fixture.store, &command_id("acme")).await.is_some());
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.delete_detached_commands(&workspace("acme"), app("acme").as_str()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read(&fixture.store, &command_id("acme")).await, None);
}

async fn records_leave_with_their_workspace(fixture: Fixture) {
    let store = &fixture.store;
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let row =
        covibe_store::Tenant { id: tenant("acme"), name: "acme".to_owned(), created_at: at(1) };
    tx.insert_tenant(&row).await.unwrap();
    tx.insert_workspace(&record("acme")).await.unwrap();
    put_detached(&mut tx, "acme").await;
    assert!(tx.delete_workspace(&workspace("acme"), at(50)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert_eq!(read(store, &command_id("acme")).await, None);
}

async fn an_output_is_sealed_anew_unless_it_has_changed(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (own, id) = (workspace("acme"), command_id("acme"));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let found = tx.detached_outputs(&own).await.unwrap();
    assert_eq!(found, [(id.clone(), "sealed".to_owned())]);
    let renewed = Some("v1.newest.anew".to_owned());
    tx.reseal_detached_output(&own, &id, "earlier", renewed.clone()).await.unwrap();
    assert_eq!(tx.detached_outputs(&own).await.unwrap(), found);
    tx.reseal_detached_output(&own, &id, "sealed", renewed).await.unwrap();
    tx.commit().await.unwrap();
    let (_, output) = read(&fixture.store, &id).await.unwrap();
    assert_eq!(output.as_deref(), Some("v1.newest.anew"));
    let keys = fixture.store.secrets_keys().await.unwrap();
    assert!(keys.iter().any(|key| key.id == "newest"), "{keys:?}");
}
