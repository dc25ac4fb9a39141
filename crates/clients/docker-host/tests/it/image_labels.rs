//! The labels that containers have from their images, by all links to a real engine.

use std::collections::BTreeMap;

use covibe_docker_host::{DockerHost, Inherited};
use covibe_testkit_docker::{Docker, Recipe};

use crate::fixture::{engine, only_container, uuid, ways};

/// Makes an image with labels.
fn commit(engine: &Docker, uuid: &str, name: &str, labels: &[&str]) {
    let base = Recipe::new(uuid, uuid).run(engine);
    let mut arguments = vec!["commit", "--pause=false"];
    arguments.extend(labels.iter().flat_map(|label| ["--change", label]));
    arguments.extend([base.id.as_str(), name]);
    engine.cli(&arguments);
}

async fn read_inherited(host: &DockerHost, uuid: &str) -> Inherited {
    let id = only_container(host, uuid).await;
    host.inherited_labels(&id).await.unwrap()
}

#[tokio::test]
async fn inherited_labels_exclude_overridden_ones() {
    const IMAGE: &str = "covibe-test/labelled";
    let engine = engine!();
    let (own, plain) = (uuid(), uuid());
    let rule = "LABEL traefik.http.routers.x.rule=Host(`victim.test`)";
    commit(engine, &uuid(), IMAGE, &[rule, "LABEL coolify.name=forged", "LABEL a=b"]);
    let overridden =
        ["--label", "coolify.name=true", "--label", "coolify.projectName=vibn-ws-mark"];
    let container = Recipe::new(&own, &own).image(IMAGE).option(overridden).run(engine);
    let _other = Recipe::new(&plain, &plain).run(engine);
    let _foreign = Recipe::new("coolify-labels", &own).run(engine);
    let expected = [("traefik.http.routers.x.rule", "Host(`victim.test`)"), ("a", "b")];
    let expected: BTreeMap<_, _> =
        expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    for (host, _server) in ways(engine) {
        let Inherited::Labels(mut seen) = read_inherited(&host, &own).await else {
            panic!("too many")
        };
        // The base of the image has the label of the project, as the container has.
        seen.retain(|key, _| !key.starts_with("com.docker.compose."));
        assert_eq!(seen, expected);
        assert_eq!(read_inherited(&host, &plain).await, Inherited::Labels(BTreeMap::new()));
        let running = host.running().await.unwrap();
        let of = |uuid: &str| running.iter().filter(|one| one.uuid == uuid).collect::<Vec<_>>();
        let [one] = of(&own)[..] else { panic!("{running:?}") };
        assert_eq!(
            (one.container.id.as_str(), one.project.as_deref()),
            (&*container.id, Some("vibn-ws-mark"))
        );
        assert_eq!(of(&plain)[0].project, None);
    }
    engine.cli(&["stop", "--time", "0", &own]);
    for (host, _server) in ways(engine) {
        assert!(host.running().await.unwrap().iter().all(|one| one.uuid != own), "it has ended");
        assert!(matches!(read_inherited(&host, &own).await, Inherited::Labels(_)));
    }
}

#[tokio::test]
async fn an_image_with_more_labels_than_the_limit_is_reported_as_too_many() {
    const IMAGE: &str = "covibe-test/many-labels";
    let engine = engine!();
    let own = uuid();
    let many: Vec<_> = (0..1_001).map(|n| format!("k{n}=v")).collect();
    commit(engine, &uuid(), IMAGE, &[&format!("LABEL {}", many.join(" "))]);
    let _container = Recipe::new(&own, &own).image(IMAGE).run(engine);
    for (host, _server) in ways(engine) {
        assert_eq!(read_inherited(&host, &own).await, Inherited::TooMany);
    }
}
