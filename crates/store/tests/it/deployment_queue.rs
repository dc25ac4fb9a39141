//! The queue of deployments: what is accepted outlives its process, and is handed over once.

use std::time::Duration;

use covibe_domain::{CellName, Deployable, DeploymentUuid, Timestamp};
use covibe_store::{HandOver, HoldTimes, QueueState, QueuedDeployment, Store, TenantStatus};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    concurrent_servers_hand_a_deployment_over_once,
    a_killed_hand_over_is_claimed_again_after_its_lease,
    the_queue_of_a_cell_lists_open_deployments_of_all_tenants,
    a_newer_deployment_supersedes_a_waiting_one,
    a_deployment_that_is_handed_over_is_not_cancelled,
    a_postponed_hand_over_is_not_due_before_its_time,
    deployments_of_a_suspended_tenant_are_not_due,
    pausing_the_queue_of_a_cell_pauses_no_other,
    a_start_is_handed_over_without_an_id_and_holds_its_place,
);

const NONE: Duration = Duration::ZERO;

pub(crate) fn queued_deployment(of: &str) -> QueuedDeployment {
    queued_as(of, "one")
}

fn queued_as(of: &str, name: &str) -> QueuedDeployment {
    QueuedDeployment {
        id: format!("queue4cwgc44ogc08804{name}{of}").parse().unwrap(),
        workspace: workspace(of),
        cell: CellName::default(),
        resource: Deployable::Application(app(of)),
        commit: Some("a".repeat(40)),
        follows_branch: true,
        is_forced: false,
        state: QueueState::Waiting,
        waited: true,
        asked_at: at(50),
        hold: HoldTimes::default(),
        deployment: None,
        handing_since: None,
        handed_at: None,
        ended_at: None,
        replaced_by: None,
        reason: None,
        confirmed: vec!["data".to_owned(), "files".to_owned()],
    }
}

fn coolify_id(name: &str) -> DeploymentUuid {
    format!("coolify4cwgc44ogc08804{name}").parse().unwrap()
}

async fn read_deployment(store: &Store, of: &QueuedDeployment) -> QueuedDeployment {
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let found = tx.queued_deployment(&of.workspace, &of.id).await.unwrap();
    tx.commit().await.unwrap();
    found.unwrap()
}

async fn put_deployment(store: &Store, new: &QueuedDeployment) {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.lock_deployment_queue(&new.cell).await.unwrap();
    tx.put_queued_deployment(new, NONE).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(store: &Store, of: &QueuedDeployment, lease: Duration) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    tx.lock_deployment_queue(&of.cell).await.unwrap();
    let claimed = tx.claim_queued_deployment(&of.workspace, &of.id, lease).await.unwrap();
    tx.commit().await.unwrap();
    claimed.is_some()
}

async fn settle(store: &Store, of: &QueuedDeployment, outcome: &HandOver) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let settled = tx.settle_queued_deployment(&of.workspace, &of.id, outcome).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

async fn concurrent_servers_hand_a_deployment_over_once(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let one = queued_deployment("acme");
    let claims = join_all((0..8).map(|_| claim(&fixture.store, &one, MINUTE))).await;
    assert_eq!(claims.into_iter().filter(|claimed| *claimed).count(), 1);
    let done = HandOver::Done(coolify_id("first"));
    assert!(settle(&fixture.store, &one, &done).await);
    assert!(!settle(&fixture.store, &one, &HandOver::Done(coolify_id("second"))).await);
    let handed = read_deployment(&fixture.store, &one).await;
    assert_eq!((handed.state, handed.deployment), (QueueState::Handed, Some(coolify_id("first"))));
    assert!(handed.handed_at.is_some() && handed.ended_at.is_none());
    assert!(!claim(&fixture.store, &one, MINUTE).await);
}

async fn a_killed_hand_over_is_claimed_again_after_its_lease(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let one = queued_deployment("acme");
    assert!(claim(&fixture.store, &one, MINUTE).await);
    assert!(!claim(&fixture.store, &one, MINUTE).await, "its process lives");
    let open = fixture.store.open_deployments(&one.cell).await.unwrap();
    assert!(open[0].state == QueueState::Handing && !open[0].is_left, "{open:?}");
    let since = read_deployment(&fixture.store, &one).await.handing_since;
    assert!(since.is_some_and(|since| since >= one.asked_at), "{since:?}");
    assert!(settle(&fixture.store, &one, &HandOver::InDoubt(NONE)).await);
    assert!(fixture.store.open_deployments(&one.cell).await.unwrap()[0].is_left);
    assert!(claim(&fixture.store, &one, NONE).await);
    assert_eq!(
        read_deployment(&fixture.store, &one).await.handing_since,
        since,
        "it is the same hand-over"
    );
    assert!(settle(&fixture.store, &one, &HandOver::Later(NONE)).await);
    assert!(claim(&fixture.store, &one, NONE).await);
    let open = fixture.store.open_deployments(&one.cell).await.unwrap();
    assert!(open[0].is_left, "{open:?}");
    assert!(claim(&fixture.store, &one, MINUTE).await);
}

async fn the_queue_of_a_cell_lists_open_deployments_of_all_tenants(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let elsewhere = CellName::try_from("other".to_owned()).unwrap();
    put_deployment(
        &fixture.store,
        &QueuedDeployment { cell: elsewhere, ..queued_as("acme", "two") },
    )
    .await;
    let open = fixture.store.open_deployments(&CellName::default()).await.unwrap();
    let tenants: Vec<_> = open.iter().map(|each| each.tenant.as_str()).collect();
    assert_eq!(tenants, ["ten_acme", "ten_beta"]);
    assert!(open.iter().all(|each| each.is_due && each.tenant_turn.is_none()), "{open:?}");
    assert!(claim(&fixture.store, &queued_deployment("acme"), MINUTE).await);
    settle(&fixture.store, &queued_deployment("acme"), &HandOver::Done(coolify_id("x"))).await;
    // The scope of a tenant sees the same ids and times, and still no row of others.
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let open = tx.open_deployments(&CellName::default()).await.unwrap();
    assert_eq!(
        tx.queued_deployments(&workspace("acme"), &(&app("acme")).into()).await.unwrap(),
        []
    );
    tx.commit().await.unwrap();
    let (handed, waiting) = (&open[0], &open[1]);
    assert!(handed.tenant_turn.is_some() && handed.workspace_turn == handed.tenant_turn);
    assert!(handed.handed_for.is_some_and(|age| age < MINUTE), "{open:?}");
    assert_eq!((waiting.tenant_turn, waiting.handed_for), (None, None));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.end_handed_deployment(&workspace("acme"), &queued_deployment("acme").id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.store.open_deployments(&CellName::default()).await.unwrap().len(), 1);
}

async fn a_newer_deployment_supersedes_a_waiting_one(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (older, newer) = (queued_deployment("acme"), queued_as("acme", "two"));
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let ended =
        tx.end_waiting_deployments(&older.workspace, &older.resource.uuid(), Some(&newer.id)).await;
    assert_eq!(ended.unwrap(), 1);
    tx.put_queued_deployment(&QueuedDeployment { asked_at: at(60), ..newer.clone() }, NONE)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let superseded = read_deployment(&fixture.store, &older).await;
    assert_eq!(superseded.state, QueueState::Superseded);
    assert_eq!(superseded.replaced_by, Some(newer.id.clone()));
    assert!(!claim(&fixture.store, &older, MINUTE).await);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let newest = tx.queued_deployments(&older.workspace, &older.resource.uuid()).await.unwrap();
    let ids: Vec<_> = newest.iter().map(|each| &each.id).collect();
    assert_eq!(ids, [&newer.id, &older.id]);
    // What was over long ago is forgotten; what waits is not.
    tx.forget_queued_deployments(&older.workspace, NONE).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read_deployment(&fixture.store, &newer).await.state, QueueState::Waiting);
}

async fn a_deployment_that_is_handed_over_is_not_cancelled(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (one, two) = (queued_deployment("acme"), queued_as("acme", "two"));
    put_deployment(&fixture.store, &two).await;
    assert!(claim(&fixture.store, &one, MINUTE).await);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(!tx.cancel_waiting_deployment(&one.workspace, &one.id).await.unwrap());
    assert!(tx.cancel_waiting_deployment(&one.workspace, &two.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(read_deployment(&fixture.store, &two).await.state, QueueState::Cancelled);
    assert!(!claim(&fixture.store, &two, MINUTE).await);
    let failed = HandOver::Failed("The app was deleted.".to_owned());
    assert!(settle(&fixture.store, &one, &failed).await);
    let failed = read_deployment(&fixture.store, &one).await;
    assert_eq!(failed.reason.as_deref(), Some("The app was deleted."));
    assert!(failed.ended_at.is_some_and(|at: Timestamp| at.as_millis() > 0));
}

async fn a_postponed_hand_over_is_not_due_before_its_time(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let one = queued_deployment("acme");
    assert!(claim(&fixture.store, &one, MINUTE).await);
    assert!(settle(&fixture.store, &one, &HandOver::Later(MINUTE)).await);
    let open = fixture.store.open_deployments(&one.cell).await.unwrap();
    assert!(open[0].state == QueueState::Waiting && !open[0].is_due, "{open:?}");
}

async fn pausing_the_queue_of_a_cell_pauses_no_other(fixture: Fixture) {
    let (cell, other) = (CellName::default(), CellName::try_from("other".to_owned()).unwrap());
    let store = &fixture.store;
    for _ in 0..2 {
        store.pause_deployment_queue(&cell, true).await.unwrap();
        assert!(store.deployment_queue_is_paused(&cell).await.unwrap());
        assert!(!store.deployment_queue_is_paused(&other).await.unwrap());
    }
    store.pause_deployment_queue(&cell, false).await.unwrap();
    assert!(!store.deployment_queue_is_paused(&cell).await.unwrap());
}

async fn a_start_is_handed_over_without_an_id_and_holds_its_place(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let resource = Deployable::Database("database4cwgc44ogc08804".parse().unwrap());
    let hold = HoldTimes { notice: MINUTE, longest: MINUTE * 10 };
    let start = QueuedDeployment { resource, hold, commit: None, ..queued_as("acme", "start") };
    put_deployment(&fixture.store, &start).await;
    assert!(claim(&fixture.store, &start, MINUTE).await);
    assert!(settle(&fixture.store, &start, &HandOver::Started).await);
    let open = fixture.store.open_deployments(&start.cell).await.unwrap();
    let open = open.iter().find(|each| each.id == start.id).unwrap();
    assert_eq!(
        (&open.resource, open.hold, open.state),
        (&start.resource, hold, QueueState::Handed)
    );
    assert!(open.handed_for.is_some() && open.deployment.is_none(), "{open:?}");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.lose_sight_of_start(&start.workspace, &start.resource.uuid()).await.unwrap();
    let open = tx.open_deployments(&start.cell).await.unwrap();
    tx.commit().await.unwrap();
    let lost = open.iter().find(|each| each.id == start.id).unwrap();
    assert_eq!(lost.hold.notice, hold.longest, "its state no longer counts");
    let unneeded = QueuedDeployment { id: queued_as("acme", "none").id, ..start };
    put_deployment(&fixture.store, &unneeded).await;
    assert!(claim(&fixture.store, &unneeded, MINUTE).await);
    assert!(settle(&fixture.store, &unneeded, &HandOver::Unneeded).await);
    let over = read_deployment(&fixture.store, &unneeded).await;
    assert!(
        over.state == QueueState::Cancelled && over.ended_at.is_some() && over.reason.is_some()
    );
}

async fn deployments_of_a_suspended_tenant_are_not_due(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let due = async || {
        let open = fixture.store.open_deployments(&CellName::default()).await.unwrap();
        open.iter().map(|each| each.is_due).collect::<Vec<_>>()
    };
    assert_eq!(due().await, [true, true]);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.suspend_tenant(at(60)).await.unwrap());
    assert!(!tx.suspend_tenant(at(70)).await.unwrap(), "it is suspended");
    // The transaction that hands over sees it too.
    assert!(!tx.open_deployments(&CellName::default()).await.unwrap()[0].is_due);
    tx.commit().await.unwrap();
    assert_eq!(due().await, [false, true]);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.tenant_record().await.unwrap().unwrap().status, TenantStatus::Suspended(at(60)));
    assert!(tx.resume_tenant().await.unwrap() && !tx.resume_tenant().await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(due().await, [true, true]);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.begin_tenant_deletion(at(80)).await.unwrap();
    tx.begin_tenant_deletion(at(90)).await.unwrap();
    assert!(!tx.resume_tenant().await.unwrap(), "a deletion is not taken back");
    assert_eq!(tx.tenant_record().await.unwrap().unwrap().status, TenantStatus::Deleting(at(80)));
    tx.end_tenant_deletion(at(95)).await.unwrap();
    assert_eq!(tx.tenant_record().await.unwrap().unwrap().status, TenantStatus::Deleted(at(95)));
    tx.commit().await.unwrap();
    assert_eq!(due().await, [false, true]);
}
