//! Worked example 8.1 on every release: an app, a database, a variable, an auth provider, a deployment.

use std::time::Duration;

use covibe_coolify::{DeployOutcome, EnvWrite, Status};
use covibe_domain::Secret;
use covibe_domain::entities::{DeploymentStatus, Flavor};
use covibe_sandbox::coolify::Version;

use crate::simulated_coolify::{CLONE_URL, World, options, world};

#[tokio::test]
async fn an_app_with_database_auth_service_and_deployment_works_on_every_release() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        assert_eq!(world.client.version().await.unwrap(), version.text());
        let environments = world.client.project(&world.project).await.unwrap().environments;
        assert_eq!(environments[0].name, "production");

        let uuid = world.site().await;
        let app = world.client.application(&uuid).await.unwrap();
        assert_eq!((app.name.as_str(), app.environment_id), ("my-site", Some(environments[0].id)));
        assert_eq!(app.domains(), ["my-site.mark.vibnai.com"]);
        let repository = app.git_repository.clone().unwrap();
        assert!(repository.equals(&Secret::new(CLONE_URL)), "the whole URL is kept");
        assert_eq!(repository.repo_path().as_deref(), Some("vibn-mark/my-site"));

        wire_database(&world, &uuid).await;
        let service = world
            .client
            .create_service(&world.placement(), &World::service("auth", "pocketbase"))
            .await
            .unwrap();
        let service = world.client.service(&service).await.unwrap();
        assert_eq!(service.service_type.as_deref(), Some("pocketbase"));
        assert_eq!(service.environment_id, Some(environments[0].id));

        let DeployOutcome::Queued(deployment) = world.client.deploy(&uuid, false).await.unwrap()
        else {
            panic!("skipped")
        };
        let seen = world.client.deployments(&uuid, 0, 10).await.unwrap();
        assert_eq!(seen[0].uuid, deployment);
        assert_eq!(seen[0].link.application.as_ref(), Some(&uuid));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let done = world.client.deployment_with_log(&deployment).await.unwrap();
        assert_eq!(done.status, DeploymentStatus::Finished);
        let shown = format!("{:?}", done.log.unwrap());
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
        assert_eq!(
            world.client.application(&uuid).await.unwrap().status,
            Status::parse("running:unknown")
        );
    }
}

async fn wire_database(world: &World, uuid: &covibe_domain::AppUuid) {
    let created = world
        .client
        .create_database(&world.placement(), Flavor::Postgresql, &World::database("app-db"))
        .await
        .unwrap();
    let url = created.internal_url.unwrap();
    assert!(url.expose().contains(created.uuid.as_str()));
    let write = EnvWrite {
        key: "DATABASE_URL".parse().unwrap(),
        value: url.clone(),
        is_preview: false,
        is_literal: true,
        is_multiline: false,
        is_shown_once: false,
        is_buildtime: Some(false),
    };
    world.client.upsert_envs(uuid, &[write]).await.unwrap();
    let envs = world.client.envs(uuid).await.unwrap();
    let env = envs.iter().find(|env| env.key == "DATABASE_URL" && !env.is_preview).unwrap();
    assert_eq!(env.value.as_ref(), Some(&url));
    assert!(env.is_literal && !env.is_buildtime && env.is_runtime);
}
