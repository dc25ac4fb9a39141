//! One tenant never sees or changes another one's rows, by queries and by PostgreSQL's policies.

use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_store::{Creation, DeletedResource, DetachedReport, Error, HandOver, Tenant};

use crate::fixture::*;

on_both!(
    a_tenant_reads_no_rows_of_another_tenant,
    a_tenant_changes_no_rows_of_another_tenant,
    rows_that_refer_to_a_foreign_workspace_are_refused,
    rows_with_another_tenants_id_are_refused,
    a_credential_finds_only_its_key,
    a_slug_finds_only_its_workspace,
    an_organisation_id_finds_only_its_workspace,
    a_read_transaction_refuses_changes,
    has_other_tenants_reports_whether_another_tenant_exists,
    a_workspace_is_read_as_it_was_written,
);

pub(crate) async fn two_tenants(fixture: &Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
}

async fn a_tenant_reads_no_rows_of_another_tenant(fixture: Fixture) {
    two_tenants(&fixture).await;
    let acme = workspace("acme");
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    assert_eq!(tx.workspaces().await.unwrap(), [record("beta")]);
    assert_eq!(tx.workspace(&acme).await.unwrap(), None);
    assert_eq!(tx.steps(&acme).await.unwrap(), []);
    assert_eq!(tx.keys(&acme).await.unwrap(), []);
    assert_eq!(tx.key_by_digest(&digest(1)).await.unwrap(), None);
    assert_eq!(all_projects(&mut tx, &acme).await, []);
    assert_eq!(tx.project(&acme, "prj_acme").await.unwrap(), None);
    assert_eq!(tx.creation_by_name(&acme, "app", "shop").await.unwrap(), None);
    assert_eq!(tx.creation_by_digest(&acme, "app", "digest-of-shop").await.unwrap(), None);
    assert_eq!(tx.created_resources(&acme, at(0)).await.unwrap(), []);
    assert_eq!(tx.unlisted_databases(&acme).await.unwrap(), []);
    assert_eq!(tx.deleted_resource(&acme, &deleted_resource("acme").uuid).await.unwrap(), None);
    assert_eq!(tx.deleted_resource(&acme, &created_resource("acme").uuid).await.unwrap(), None);
    assert_eq!(tx.domain(&acme, "acme.test").await.unwrap(), None);
    assert_eq!(tx.domains(&acme, "", 10).await.unwrap(), []);
    let domain = domain_name("acme.test");
    assert_eq!(tx.domain_events(&acme, &domain, 10).await.unwrap(), []);
    assert_eq!(tx.debits(&acme, 10).await.unwrap(), []);
    assert!(tx.storage(&acme).await.unwrap().is_none());
    assert_eq!(tx.storage_injections(&acme).await.unwrap(), []);
    assert_eq!(tx.followed_branches(&acme).await.unwrap(), []);
    assert_eq!(tx.followed_branch(&acme, &app("acme")).await.unwrap(), None);
    assert_eq!(tx.push_statuses(&acme, 10).await.unwrap(), []);
    assert_eq!(tx.rejection(&acme, &rejection("acme").resource).await.unwrap(), None);
    assert_eq!(tx.public_variables(&acme, &app("acme")).await.unwrap(), [""; 0]);
    assert_eq!(tx.clone_keys(&acme).await.unwrap(), []);
    assert_eq!(tx.clone_key_of_app(&acme, &app("acme")).await.unwrap(), None);
    assert_eq!(tx.clone_key_of_creation(&acme, "crt_acme_shop").await.unwrap(), None);
    assert_eq!(tx.queued_deployment(&acme, &queued_deployment("acme").id).await.unwrap(), None);
    assert_eq!(tx.queued_deployments(&acme, &(&app("acme")).into()).await.unwrap(), []);
    let resource = app("acme").to_string();
    let command = tx.detached_command(&acme, &resource, &command_id("acme")).await.unwrap();
    assert_eq!(command, None);
    assert_eq!(tx.detached_commands(&acme, &resource).await.unwrap(), []);
    assert_eq!(tx.detached_outputs(&acme).await.unwrap(), []);
    assert_eq!(tx.provision_run(&acme).await.unwrap(), None);
    assert_eq!(tx.workspace_by_slug(&record("acme").slug).await.unwrap(), None);
    assert_eq!(tx.audit(&acme, 10).await.unwrap(), []);
    assert!(tx.tenant_exists().await.unwrap());
    tx.commit().await.unwrap();
    its_own_rows_are_there(&fixture, "beta").await;
    its_own_rows_are_there(&fixture, "acme").await;
}

/// Without this the test above would pass on an empty database.
async fn its_own_rows_are_there(fixture: &Fixture, name: &str) {
    let own = workspace(name);
    let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
    assert_eq!(tx.workspace(&own).await.unwrap(), Some(record(name)));
    let by_slug = tx.workspace_by_slug(&record(name).slug).await.unwrap();
    assert_eq!(by_slug, Some(record(name)));
    assert_eq!(tx.steps(&own).await.unwrap(), [step("org", 5)]);
    assert_eq!(tx.keys(&own).await.unwrap().len(), 1);
    assert_eq!(all_projects(&mut tx, &own).await, [listed_project(name)]);
    let id = project(name).id;
    assert_eq!(tx.project(&own, id.as_str()).await.unwrap(), Some(project(name)));
    let begun = tx.provision_run(&own).await.unwrap().unwrap();
    assert_eq!((begun.id.as_str(), begun.is_in_progress()), ("first", true));
    assert!(begun.lease_left <= MINUTE && begun.started_at == at(60), "{begun:?}");
    let found = tx.creation_by_digest(&own, "app", "digest-of-shop").await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.id, found.uuid), (creation(name, "shop").id, None));
    assert!(!found.lease_left.is_zero() && found.lease_left <= MINUTE);
    assert_eq!(tx.created_resources(&own, at(0)).await.unwrap(), [created_resource(name)]);
    assert_eq!(tx.unlisted_databases(&own).await.unwrap(), [unlisted_database(name)]);
    let found = tx.deleted_resource(&own, &deleted_resource(name).uuid).await.unwrap();
    assert_eq!(found, Some(deleted_resource(name)));
    let domain = domain_name(&format!("{name}.test"));
    assert_eq!(tx.domain(&own, domain.as_str()).await.unwrap().unwrap().attempt, "first");
    assert_eq!(tx.domain_events(&own, &domain, 10).await.unwrap().len(), 1);
    assert_eq!(tx.debits(&own, 10).await.unwrap(), [debit(name, name)]);
    assert_eq!(tx.followed_branches(&own).await.unwrap(), [followed_branch(name)]);
    assert_eq!(tx.push_statuses(&own, 10).await.unwrap(), [push_status(name)]);
    let rejected = tx.rejection(&own, &rejection(name).resource).await.unwrap();
    assert_eq!(rejected, Some(rejection(name)));
    assert_eq!(tx.public_variables(&own, &app(name)).await.unwrap(), ["LOG_LEVEL"]);
    assert_eq!(tx.clone_keys(&own).await.unwrap(), [clone_key(name)]);
    let accepted = tx.queued_deployments(&own, &(&app(name)).into()).await.unwrap();
    assert_eq!(accepted, [queued_deployment(name)]);
    let outputs = tx.detached_outputs(&own).await.unwrap();
    assert_eq!(outputs, [(command_id(name), "sealed".to_owned())]);
    assert_eq!(tx.audit(&own, 10).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

async fn a_tenant_changes_no_rows_of_another_tenant(fixture: Fixture) {
    two_tenants(&fixture).await;
    let found = fixture_creation(&fixture).await;
    let seen = found.lease_until;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    assert!(tx.revoke_key(&workspace("acme"), &key("acme"), at(5)).await.unwrap().is_none());
    assert_eq!(tx.claim_creation("crt_acme_shop", seen, MINUTE, "x").await.unwrap(), None);
    assert!(!tx.set_creation_uuid("crt_acme_shop", "stolen").await.unwrap());
    assert!(!tx.release_creation("crt_acme_shop").await.unwrap());
    assert!(!tx.delete_creation("crt_acme_shop").await.unwrap());
    assert!(!tx.delete_creation_of("crt_acme_shop", "digest-of-shop").await.unwrap());
    let stolen = Creation { uuid: Some("stolen".to_owned()), ..found };
    assert!(!tx.replace_creation(seen, &stolen).await.unwrap());
    let uuid = created_resource("acme").uuid;
    let acme = workspace("acme");
    assert!(!tx.delete_created_resource(&acme, &uuid, at(900), at(900)).await.unwrap());
    let disguised = covibe_store::WorkspaceRecord { tenant: tenant("beta"), ..record("acme") };
    assert!(!tx.update_workspace(&disguised).await.unwrap());
    let changed = covibe_store::ProjectRecord { name: "x".to_owned(), ..project("acme") };
    assert!(!tx.update_project(&changed).await.unwrap());
    assert_eq!(tx.renew_provision_run(&acme, "first", MINUTE).await.unwrap(), None);
    assert!(!tx.end_provision_run(&acme, "first", at(70), None).await.unwrap());
    tx.delete_storage_injections(&acme, "uuid-of-acme-shop").await.unwrap();
    assert_eq!(tx.hold_followed_branch(&followed_branch("acme"), MINUTE).await.unwrap(), None);
    assert!(!tx.note_followed_branch(&followed_branch("acme")).await.unwrap());
    tx.note_deployed_commit(&acme, &app("acme"), &"9".repeat(40), None).await.unwrap();
    tx.delete_push_status(&acme, &push_status("acme").deployment).await.unwrap();
    tx.unfollow_branch(&acme, &app("acme")).await.unwrap();
    tx.delete_rejection(&acme, &rejection("acme").resource).await.unwrap();
    assert!(!tx.update_clone_key(&acme, &clone_key("acme")).await.unwrap());
    tx.delete_clone_key(&acme, &clone_key("acme").id).await.unwrap();
    tx.delete_public_variable(&acme, &app("acme"), "LOG_LEVEL").await.unwrap();
    tx.delete_public_variables(&acme, app("acme").as_str()).await.unwrap();
    let one = queued_deployment("acme").id;
    assert_eq!(tx.claim_queued_deployment(&acme, &one, MINUTE).await.unwrap(), None);
    let done = HandOver::Done(one.clone());
    assert!(!tx.settle_queued_deployment(&acme, &one, &done).await.unwrap());
    tx.note_waiting_deployment(&acme, &one).await.unwrap();
    assert_eq!(tx.end_waiting_deployments(&acme, &(&app("acme")).into(), None).await.unwrap(), 0);
    assert!(!tx.cancel_waiting_deployment(&acme, &one).await.unwrap());
    tx.end_handed_deployment(&acme, &one).await.unwrap();
    tx.lose_sight_of_start(&acme, &(&app("acme")).into()).await.unwrap();
    tx.forget_queued_deployments(&acme, Duration::ZERO).await.unwrap();
    let command = command_id("acme");
    let noted = tx.note_detached_command(&acme, &command, Some("stolen")).await.unwrap();
    assert_eq!(noted, DetachedReport::Removed);
    let resource = app("acme").to_string();
    assert!(!tx.cancel_detached_command(&acme, &resource, &command).await.unwrap());
    assert!(!tx.end_detached_command(&acme, &command, "{}", None).await.unwrap());
    tx.reseal_detached_output(&acme, &command, "sealed", None).await.unwrap();
    tx.delete_detached_command(&acme, &command).await.unwrap();
    tx.delete_detached_commands(&acme, &resource).await.unwrap();
    tx.delete_step(&acme, "org").await.unwrap();
    tx.delete_steps(&acme).await.unwrap();
    assert!(tx.delete_workspace(&acme, at(50)).await.unwrap().is_none());
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let begun = tx.begin_provision_run(&run("acme", "stolen"), MINUTE).await;
    assert!(!matches!(begun, Ok(Some(_))), "{begun:?}");
    drop(tx);
    let uses = [(tenant("beta"), key("acme"), at(77))];
    fixture.store.touch_keys(&uses).await.unwrap();

    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    tx.put_step(&workspace("acme"), &step("org", 999)).await.unwrap_err();
    drop(tx);
    its_own_rows_are_there(&fixture, "acme").await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.keys(&workspace("acme")).await.unwrap()[0].last_used_at, None);
    tx.commit().await.unwrap();
}

/// The entry of acme's creation.
async fn fixture_creation(fixture: &Fixture) -> Creation {
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let found = tx.creation_by_name(&workspace("acme"), "app", "shop").await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

async fn rows_that_refer_to_a_foreign_workspace_are_refused(fixture: Fixture) {
    two_tenants(&fixture).await;
    let begin = || async { fixture.store.tenant(&tenant("beta")).await.unwrap() };
    let mut stolen = new_key("acme", 9);
    stolen.id = key("stolen");
    begin().await.insert_key(&stolen).await.unwrap_err();
    let id = "prj_newer".parse().unwrap();
    let foreign = covibe_store::ProjectRecord { id, ..project("acme") };
    begin().await.insert_project(&foreign).await.unwrap_err();
    begin().await.put_step(&workspace("acme"), &step("new", 1)).await.unwrap_err();
    begin().await.insert_creation(&creation("acme", "new"), MINUTE).await.unwrap_err();
    let foreign =
        covibe_store::CreatedResource { mark: "crt_new".to_owned(), ..created_resource("acme") };
    let acme = workspace("acme");
    begin().await.insert_created_resource(&acme, &foreign).await.unwrap_err();
    let foreign =
        covibe_store::NewDetachedCommand { id: "cmd_stolen".parse().unwrap(), ..detached("acme") };
    let limits = crate::detached_commands::LIMITS;
    begin().await.insert_detached_command(&foreign, limits).await.unwrap_err();
    begin().await.put_rejection(&acme, &rejection("acme")).await.unwrap_err();
    let foreign = DeletedResource { uuid: "another".to_owned(), ..deleted_resource("acme") };
    begin().await.insert_deleted_resource(&foreign, at(90)).await.unwrap_err();
    its_own_rows_are_there(&fixture, "acme").await;
}

async fn rows_with_another_tenants_id_are_refused(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let taken = record("acme");
    assert!(matches!(tx.insert_workspace(&taken).await, Err(Error::OtherTenant)));
    assert!(matches!(tx.update_workspace(&taken).await, Err(Error::OtherTenant)));
    let other = Tenant { id: tenant("gamma"), name: "Gamma".to_owned(), created_at: at(1) };
    assert!(matches!(tx.insert_tenant(&other).await, Err(Error::OtherTenant)));
    let membership = covibe_store::Membership {
        user: crate::people::user_id("mark"),
        tenant: tenant("acme"),
        role: covibe_domain::entities::Role::Admin,
        created_at: at(1),
        made_by: None,
    };
    assert!(matches!(tx.insert_membership(&membership).await, Err(Error::OtherTenant)));
    let taken = covibe_store::WorkspaceRecord {
        slug: "acme".parse().unwrap(),
        id: workspace("third"),
        ..record("beta")
    };
    assert!(matches!(tx.insert_workspace(&taken).await, Err(Error::Conflict)));
}

async fn a_credential_finds_only_its_key(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.credential(&digest(1)).await.unwrap();
    let found = tx.key_by_digest(&digest(1)).await.unwrap().unwrap();
    assert_eq!((found.tenant, found.workspace), (tenant("acme"), workspace("acme")));
    assert_eq!((found.key.id, found.revoked_at), (key("acme"), None));
    assert_eq!(found.slug, record("acme").slug);
    assert_eq!(tx.workspace(&workspace("acme")).await.unwrap(), None);
    assert_eq!(tx.key_by_digest(&digest(2)).await.unwrap(), None);
    assert_eq!(tx.keys(&workspace("acme")).await.unwrap(), []);
    assert_eq!(tx.workspaces().await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.credential(&digest(3)).await.unwrap();
    assert_eq!(tx.key_by_digest(&digest(3)).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn a_slug_finds_only_its_workspace(fixture: Fixture) {
    two_tenants(&fixture).await;
    for name in ["acme", "beta"] {
        let found = fixture.store.workspace_of_slug(&record(name).slug).await.unwrap().unwrap();
        assert_eq!((found.tenant, found.id), (tenant(name), workspace(name)));
    }
    let none = fixture.store.workspace_of_slug(&"nobodys".parse().unwrap()).await.unwrap();
    assert_eq!(none, None);
}

async fn an_organisation_id_finds_only_its_workspace(fixture: Fixture) {
    two_tenants(&fixture).await;
    for (name, id) in [("acme", 71), ("beta", 72)] {
        let numbered = covibe_store::WorkspaceRecord { gitea_org_id: Some(id), ..record(name) };
        let mut tx = fixture.store.tenant(&tenant(name)).await.unwrap();
        assert!(tx.update_workspace(&numbered).await.unwrap());
        tx.commit().await.unwrap();
    }
    for (name, id) in [("acme", 71), ("beta", 72)] {
        let found = fixture.store.workspace_of_organisation(id).await.unwrap().unwrap();
        assert_eq!((found.tenant, found.id), (tenant(name), workspace(name)));
    }
    assert_eq!(fixture.store.workspace_of_organisation(73).await.unwrap(), None);
}

async fn a_read_transaction_refuses_changes(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    tx.put_step(&workspace("acme"), &step("late", 9)).await.unwrap_err();
    drop(tx);
    its_own_rows_are_there(&fixture, "acme").await;
}

async fn a_workspace_is_read_as_it_was_written(fixture: Fixture) {
    two_tenants(&fixture).await;
    let changed = covibe_store::WorkspaceRecord {
        name: "Acme Ltd".to_owned(),
        upstream_mark: Some("co-vibe 1.2.3".to_owned()),
        gitea_org_id: Some(3),
        gitea_bot_email: Some("acme-bot-1@bots.test".to_owned()),
        gitea_bot_id: Some(4),
        gitea_bot_token: None,
        gitea_bot_token_id: None,
        gitea_clone_token: Some("ciphertext of another".to_owned()),
        gitea_clone_token_id: Some(12),
        gitea_replaced_tokens: Some("[11]".to_owned()),
        gitea_bot_ssh_key_id: None,
        coolify_private_key_uuid: None,
        coolify_project_uuid: Some("pj4cwgc44ogc08804000gggo".parse().unwrap()),
        coolify_destination_uuid: None,
        coolify_destination_server: None,
        provision_status: ProvisionStatus::Ready,
        ..record("acme")
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.update_workspace(&changed).await.unwrap());
    let done = covibe_domain::entities::Step {
        state: covibe_domain::entities::StepState::Failed,
        started_at: None,
        error: Some("It failed.".to_owned()),
        hint: Some("Try again.".to_owned()),
        ..step("org", 8)
    };
    tx.put_step(&workspace("acme"), &step("bot", 4)).await.unwrap();
    tx.put_step(&workspace("acme"), &done).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.workspace(&workspace("acme")).await.unwrap(), Some(changed.clone()));
    assert!(!format!("{changed:?}{:?}", record("acme")).contains("ciphertext"));
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap(), [step("bot", 4), done]);
    tx.commit().await.unwrap();
}

async fn has_other_tenants_reports_whether_another_tenant_exists(fixture: Fixture) {
    let others = async |than| fixture.store.has_other_tenants(&tenant(than)).await.unwrap();
    assert!(!others("acme").await, "there is none");
    fill(&fixture.store, "acme", 1).await;
    assert!(!others("acme").await);
    assert!(others("beta").await);
    fill(&fixture.store, "beta", 2).await;
    assert!(others("acme").await);
}
