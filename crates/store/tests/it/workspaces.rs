//! Workspaces and what hangs on them: removed whole, projects changed, and rejections kept.

use covibe_domain::entities::{Link, Project, ProjectKind};
use covibe_store::{Error, ProjectRecord, Rejection};

use crate::fixture::*;

on_both!(
    deleting_a_workspace_deletes_all_of_its_rows_but_the_audit,
    deleting_one_or_all_steps_removes_them,
    a_project_is_read_as_it_was_updated,
    unreadable_links_of_a_project_are_an_error,
    a_page_of_projects_reads_no_more_than_it_needs,
    tenant_exists_reports_whether_the_tenant_has_a_row,
    a_hook_is_replaced_only_by_a_call_that_knows_the_former_one,
    the_latest_rejection_of_a_resource_replaces_the_earlier_one,
    deleting_a_rejection_keeps_those_of_other_resources,
);

async fn deleting_a_workspace_deletes_all_of_its_rows_but_the_audit(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let mut beside = record("acme");
    (beside.id, beside.slug) = (workspace("beside"), "beside".parse().unwrap());
    tx.insert_workspace(&beside).await.unwrap();
    tx.put_step(&beside.id, &step("org", 1)).await.unwrap();
    let refused = tx.delete_workspace(&own, at(50)).await;
    assert!(matches!(refused, Err(Error::Conflict)), "it has a domain: {refused:?}");
    let domain = tx.domain(&own, "acme.test").await.unwrap().unwrap();
    assert!(tx.settle_registration(&domain, &not_bought(), at(20)).await.unwrap());
    let storage = tx.storage(&own).await.unwrap().unwrap();
    let held = tx.hold_storage(&storage, MINUTE).await.unwrap().unwrap();
    assert!(tx.delete_storage(&held).await.unwrap());
    assert!(tx.delete_workspace(&own, at(50)).await.unwrap().is_some());
    assert!(tx.delete_workspace(&own, at(50)).await.unwrap().is_none());
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.workspaces().await.unwrap(), [beside.clone()]);
    assert_eq!(tx.steps(&beside.id).await.unwrap(), [step("org", 1)]);
    assert_eq!(tx.keys(&own).await.unwrap(), []);
    assert_eq!(tx.steps(&own).await.unwrap(), []);
    assert_eq!(all_projects(&mut tx, &own).await, []);
    assert_eq!(tx.provision_run(&own).await.unwrap(), None);
    assert_eq!(tx.creation_by_name(&own, "app", "shop").await.unwrap(), None);
    assert_eq!(tx.audit(&own, 10).await.unwrap().len(), 1);
    assert!(tx.storage(&own).await.unwrap().is_none());
    assert_eq!(tx.storage_injections(&own).await.unwrap(), []);
    assert_eq!(tx.followed_branches(&own).await.unwrap(), []);
    assert_eq!(tx.push_statuses(&own, 10).await.unwrap(), []);
    assert_eq!(tx.rejection(&own, &rejection("acme").resource).await.unwrap(), None);
    assert_eq!(tx.public_variables(&own, &app("acme")).await.unwrap(), [""; 0]);
    assert_eq!(tx.clone_keys(&own).await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_workspace(&record("acme")).await.unwrap();
    tx.commit().await.unwrap();
}

async fn deleting_one_or_all_steps_removes_them(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_step(&own, &step("bot", 6)).await.unwrap();
    tx.put_step(&own, &step("key", 7)).await.unwrap();
    tx.delete_step(&own, "bot").await.unwrap();
    assert_eq!(tx.steps(&own).await.unwrap(), [step("org", 5), step("key", 7)]);
    tx.delete_steps(&own).await.unwrap();
    assert_eq!(tx.steps(&own).await.unwrap(), []);
    tx.commit().await.unwrap();
}

async fn a_project_is_read_as_it_was_updated(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let link = |title: &str| Link { title: Some(title.to_owned()), url: "https://a.test".into() };
    let changed = ProjectRecord {
        name: "Blog".to_owned(),
        kind: ProjectKind::Import,
        body: "new".to_owned(),
        repo: Some("vibn-acme/blog".to_owned()),
        links: vec![link("one"), link("two")],
        updated_at: at(40),
        ..project("acme")
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.update_project(&changed).await.unwrap());
    let id = changed.id.as_str();
    assert_eq!(tx.project(&changed.workspace, id).await.unwrap().as_ref(), Some(&changed));
    let emptied = ProjectRecord { repo: None, links: Vec::new(), ..changed.clone() };
    assert!(tx.update_project(&emptied).await.unwrap());
    assert_eq!(tx.project(&changed.workspace, id).await.unwrap().as_ref(), Some(&emptied));
    let elsewhere = ProjectRecord { workspace: workspace("beside"), ..emptied.clone() };
    assert!(!tx.update_project(&elsewhere).await.unwrap());
    let unknown = ProjectRecord { id: "prj_unknown".parse().unwrap(), ..emptied };
    assert!(!tx.update_project(&unknown).await.unwrap());
    tx.commit().await.unwrap();
}

async fn unreadable_links_of_a_project_are_an_error(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fixture.tamper("acme", "UPDATE projects SET links = '{'").await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let read = tx.projects(&workspace("acme"), None, u64::MAX).await;
    assert!(matches!(read, Err(Error::Corrupt("projects.links"))), "{read:?}");
    tx.commit().await.unwrap();
}

async fn a_page_of_projects_reads_no_more_than_it_needs(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let mut expected = vec![listed_project("acme")];
    // Equal names are sorted by id.
    for (id, name) in
        [("bbbb", "Shop 2"), ("cccc", "Shop 2"), ("dddd", "Shop 2"), ("eeee", "Shop 3")]
    {
        let project = ProjectRecord { name: name.to_owned(), ..project(id) };
        tx.insert_project(&ProjectRecord { workspace: own.clone(), ..project }).await.unwrap();
        expected.push(Project { name: name.to_owned(), ..listed_project(id) });
    }
    tx.commit().await.unwrap();
    fixture.tamper("acme", "UPDATE projects SET links = '{' WHERE id = 'prj_eeee'").await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let (mut read, mut after) = (Vec::new(), None);
    while read.len() < 4 {
        let page = tx.projects(&own, after.as_deref(), 1).await.unwrap().unwrap();
        assert!(page.more && page.projects.len() == 1, "{page:?}");
        read.extend(page.projects);
        after = read.last().map(|last| last.id.to_string());
    }
    assert_eq!(read, expected[..4]);
    assert_eq!(tx.count_projects(&own).await.unwrap(), 5, "no row is parsed to be counted");
    assert_eq!(tx.projects(&own, Some("prj_unknown"), 1).await.unwrap(), None);
    let last = tx.projects(&own, after.as_deref(), 1).await;
    assert!(matches!(last, Err(Error::Corrupt("projects.links"))), "{last:?}");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    assert_eq!(tx.projects(&own, Some("prj_bbbb"), 1).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn tenant_exists_reports_whether_the_tenant_has_a_row(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    for (name, there) in [("acme", true), ("beta", false)] {
        let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
        assert_eq!(tx.tenant_exists().await.unwrap(), there, "{name}");
        tx.commit().await.unwrap();
    }
}

async fn a_hook_is_replaced_only_by_a_call_that_knows_the_former_one(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    assert!(!tx.replace_gitea_hook(&own, None, 6).await.unwrap(), "it is another tenant's");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.gitea_hook(&own).await.unwrap(), None);
    for (former, made, is_recorded, now) in [
        (Some(6), 7, false, None),
        (None, 7, true, Some(7)),
        (None, 8, false, Some(7)),
        (Some(6), 8, false, Some(7)),
        (Some(7), 8, true, Some(8)),
    ] {
        assert_eq!(tx.replace_gitea_hook(&own, former, made).await.unwrap(), is_recorded);
        assert_eq!(tx.gitea_hook(&own).await.unwrap(), now);
    }
    // Other updates of the workspace leave it as it is.
    tx.update_workspace(&record("acme")).await.unwrap();
    assert_eq!(tx.gitea_hook(&own).await.unwrap(), Some(8));
    tx.commit().await.unwrap();
}

async fn the_latest_rejection_of_a_resource_replaces_the_earlier_one(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let latest = Rejection {
        container: "worker".to_owned(),
        label: None,
        image: None,
        file: Some("f".repeat(64)),
        commit: Some("c".repeat(40)),
        at: at(96),
        ..rejection("acme")
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_rejection(&own, &latest).await.unwrap();
    assert_eq!(tx.rejection(&own, &latest.resource).await.unwrap(), Some(latest));
    tx.commit().await.unwrap();
}

async fn deleting_a_rejection_keeps_those_of_other_resources(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let own = workspace("acme");
    let other = Rejection { resource: "another".to_owned(), ..rejection("acme") };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_rejection(&own, &other).await.unwrap();
    tx.delete_rejection(&own, &other.resource).await.unwrap();
    tx.delete_rejection(&own, &other.resource).await.unwrap();
    assert_eq!(tx.rejection(&own, &other.resource).await.unwrap(), None);
    let kept = rejection("acme");
    assert_eq!(tx.rejection(&own, &kept.resource).await.unwrap(), Some(kept));
    tx.commit().await.unwrap();
}
