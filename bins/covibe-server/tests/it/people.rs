//! The links by which people come in, as the commands print them.

use covibe_store::Backend;
use covibe_testkit::{Options, Person, World};

use crate::commands::{err, out};
use crate::operator::Operator;
use crate::sandbox::Sandbox;
use crate::server::Server;

const PASSWORD: &str = "tremor-basil-gondola";

/// The path of a link.
fn path(link: &str) -> String {
    let (_, rest) = link.trim().split_once("://").expect("a URL");
    rest[rest.find('/').expect("a path")..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_of_a_tenant_gets_a_link_before_the_key() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let operator = Operator::of(&world);
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
async fn serve_prints_a_link_until_somebody_has_signed_up() {
    let world = World::embedded().await;
    let link = |log: &str| {
        log.lines()
            .find_map(|line| line.split_once("first person does at "))
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
async fn a_sandbox_prints_its_console_and_a_link_that_signs_in_once() {
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
