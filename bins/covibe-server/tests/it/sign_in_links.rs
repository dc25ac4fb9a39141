//! The links by which people come in, as the commands print them.

use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Options, Person, World};
use serde_json::json;

use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::sandbox_process::Sandbox;
use crate::server_process::Server;

pub(crate) const PASSWORD: &str = "tremor-basil-gondola";

/// The path of a link.
pub(crate) fn path(link: &str) -> String {
    let (_, rest) = link.trim().split_once("://").expect("a URL");
    rest[rest.find('/').expect("a path")..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_a_tenant_prints_the_invitation_link_of_its_admin_before_the_key() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let operator = Operator::in_world(&world);
        let create =
            ["tenant", "create", "--name", "Initech", "--owner-email", "Peter@Initech.example"];
        let created = operator.run(&create);
        assert!(created.status.success(), "{created:?}");
        let printed = out(&created);
        let lines: Vec<_> = printed.lines().collect();
        let [link, key] = lines[..] else { panic!("{printed}") };
        assert!(key.starts_with("vibn_sk_"), "{printed}");
        assert!(!err(&created).contains(&path(link)), "{created:?}");
        let mut peter = Person::new(&world.mark.agent.origin);
        let page = peter.get(&path(link)).await;
        assert!(page.text.contains("peter@initech.example"), "{}", page.text);
        let fields = [("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(peter.submit(&path(link), &fields).await.status, 303);
        let agent = peter.agent(&world, "initech").await;
        let listed = agent.send("GET", "/api/workspaces", &[], None);
        assert_eq!(listed.await.json()["workspaces"][0]["slug"], "initech");
        let bad = operator.run(&["tenant", "create", "--name", "Two", "--owner-email", "peter"]);
        assert!(!bad.status.success() && err(&bad).contains("email address"), "{bad:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_a_tenant_warns_of_an_existing_account_that_the_link_takes_over() {
    let world = World::embedded().await;
    let mallory = Person::member(&world, &world.mark, "mallory", Role::Admin).await;
    let body = json!({ "email": "carol@example.com" });
    let agent = mallory.agent(&world, "mark").await;
    assert_eq!(agent.json("POST", "/api/workspaces/mark/people", &body).await.status, 201);
    let operator = Operator::in_world(&world);
    let create = ["tenant", "create", "--name", "Initech", "--owner-email", "carol@example.com"];
    let created = operator.run(&create);
    assert!(created.status.success(), "{created:?}");
    let told = err(&created);
    assert!(told.contains("Pass this link only to carol@example.com"), "{told}");
    assert!(
        told.contains("invalidates its password") && told.contains("stays a member of"),
        "{told}"
    );
    let printed = out(&created);
    let link = path(printed.lines().next().expect("a link"));
    let mut carol = Person::new(&world.mark.agent.origin);
    let page = carol.get(&link).await;
    assert!(page.text.contains("stays a member of"), "{}", page.text);
    assert_eq!(
        carol.submit(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await.status,
        200
    );
    let agent = carol.agent(&world, "initech").await;
    assert_eq!(agent.send("GET", "/api/workspaces/initech/people", &[], None).await.status, 200);
    // For an admin who lost the password, the same command prints another link, and no key.
    let again = operator.run(&create);
    assert!(!again.status.success(), "{again:?}");
    let link = path(out(&again).lines().next().expect("a link"));
    assert_eq!(
        carol.submit(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await.status,
        200
    );
}

/// Somebody who signs up may have founded a company with the name of the next customer.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_admin_of_a_tenant_with_members_requires_the_existing_flag() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    let create = |email| ["tenant", "create", "--name", "Initech", "--owner-email", email];
    let created = operator.run(&create("peter@initech.example"));
    let link = path(out(&created).lines().next().expect("a link"));
    let mut peter = Person::new(&world.mark.agent.origin);
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(peter.submit(&link, &fields).await.status, 303);
    let refused = operator.run(&create("milton@elsewhere.example"));
    assert!(!refused.status.success() && out(&refused).is_empty(), "{refused:?}");
    let told = err(&refused);
    assert!(told.contains("has members (1)") && told.contains("--existing"), "{told}");
    let mut wanted = create("milton@initech.example").to_vec();
    wanted.push("--existing");
    let appointed = operator.run(&wanted);
    assert!(out(&appointed).contains("/auth/invitation/"), "{appointed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_gets_a_link_that_proves_the_address_of_an_account() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let body = json!({ "email": "bob@example.com" });
        let agent = ada.agent(&world, "mark").await;
        assert_eq!(agent.json("POST", "/api/workspaces/mark/people", &body).await.status, 201);
        let operator = Operator::in_world(&world);
        let unknown = operator.run(&["people", "prove", "--email", "nobody@example.com"]);
        assert!(!unknown.status.success() && out(&unknown).is_empty(), "{unknown:?}");
        assert!(err(&unknown).contains("nobody has an account"), "{unknown:?}");
        let proved = operator.run(&["people", "prove", "--email", "Bob@example.com"]);
        assert!(proved.status.success(), "{proved:?}");
        assert!(err(&proved).contains("Send this link only to bob@example.com"), "{proved:?}");
        let printed = out(&proved);
        let lines: Vec<_> = printed.lines().collect();
        let [link] = lines[..] else { panic!("{printed}") };
        let mut bob = Person::new(&world.mark.agent.origin);
        assert!(bob.get(&path(link)).await.text.contains("Prove your address"));
        let chosen = [("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(bob.submit(&path(link), &chosen).await.status, 303, "nothing had to end");
        assert_eq!(bob.get("/auth/taken-over").await.status, 200);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_prints_a_sign_up_link_until_somebody_has_signed_up() {
    let world = World::embedded().await;
    let link = |log: &str| {
        log.lines()
            .find_map(|line| line.split_once("first person signs up at "))
            .map(|(_, link)| path(link))
    };
    let first = Server::start(&world).ended_by("TERM").1;
    let second = Server::start(&world).ended_by("TERM").1;
    let (first, second) = (link(&first).expect("a link"), link(&second).expect("a link"));
    assert_ne!(first, second);
    let mut ada = Person::new(&world.mark.agent.origin);
    assert_eq!(ada.get(&first).await.status, 404, "the second start replaced it");
    let fields = [
        ("email", "ada@example.com"),
        ("name", "Ada"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    assert_eq!(ada.submit(&second, &fields).await.status, 303);
    assert_eq!(link(&Server::start(&world).ended_by("TERM").1), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_link_of_a_sandbox_works_once() {
    let sandbox = Sandbox::start();
    let origin = sandbox.text("/origin");
    assert_eq!(sandbox.text("/console/url"), format!("{origin}/console"));
    let link = path(&sandbox.text("/console/sign_in"));
    let mut mark = Person::new(&origin);
    let opened = mark.get(&link).await;
    assert_eq!((opened.status, &*opened.headers["location"]), (303, "/console"), "{}", opened.text);
    let overview = mark.get("/console").await;
    assert_eq!(overview.status, 200, "{}", overview.text);
    assert_eq!(Person::new(&origin).get(&link).await.status, 404);
}
