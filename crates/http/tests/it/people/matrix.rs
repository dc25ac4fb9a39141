//! Every route by people: without a session, by a member, by an admin and by a person of another tenant; computed
//! from the registry, on both databases.

use covibe_domain::entities::Role;
use covibe_operation::Callers;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, Person, World};

use crate::support::{Estate, samples};

async fn every_route(backend: Backend) {
    let Some(world) = World::start(Options { backend, ..Options::default() }).await else { return };
    let mark = Estate::of(&world, &world.mark, "a").await;
    let justine = Estate::of(&world, &world.justine, "a").await;
    let member = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let admin = Person::member(&world, &world.mark, "bob", Role::Admin).await;
    let stranger = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let signed_out = Agent::new(&member.origin, "mark", None);
    let ended = signed_out.with_session(&format!("covibe_session={}", "A".repeat(43)), "x");
    let member = member.agent(&world, "mark").await;
    let admin = admin.agent(&world, "mark").await;
    let stranger = stranger.agent(&world, "mark").await;
    for tool in world.dispatcher.registry().operations() {
        let name = tool.spec.name;
        let params = samples::params(tool, &mark, "never-made");
        for nobody in [&signed_out, &ended] {
            let answer = nobody.rest_raw(tool, &params).await;
            assert_eq!(answer.status, 401, "{name}: {}", answer.text);
        }
        let has_slug = tool.spec.route.full_path().contains("{slug}");
        if has_slug {
            let answer = stranger.rest_raw(tool, &params).await;
            assert_eq!(answer.status, 403, "{name}: {}", answer.text);
            mark.assert_unseen(&answer.text, "", name);
        }
        if samples::id_parameter(tool).is_some() {
            let id = samples::id_in(tool, &justine);
            for person in [&member, &admin] {
                let answer = person.rest_raw(tool, &samples::params_with_id(tool, &mark, id)).await;
                assert!(matches!(answer.status, 403 | 404), "{name}: {}", answer.text);
                justine.assert_unseen(&answer.text, id, name);
            }
        }
        if tool.spec.callers != Callers::Anyone && has_slug {
            let answer = mark.agent.rest_raw(tool, &params).await;
            assert_eq!(answer.status, 403, "{name} by a key: {}", answer.text);
            let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
            assert!(told.contains("not API keys") && told.contains(name), "{told}");
        }
        let is_for_admins = tool.spec.callers == Callers::Admins || samples::is_for_tenants(tool);
        if is_for_admins {
            let answer = member.rest_raw(tool, &params).await;
            assert_eq!(answer.status, 403, "{name} by a member: {}", answer.text);
        }
        if tool.spec.access.changes() {
            continue;
        }
        let answer = admin.rest_raw(tool, &params).await;
        assert!(answer.status < 300, "{name}: {}", answer.text);
        let answer = member.rest_raw(tool, &params).await;
        let is_open = !is_for_admins;
        assert_eq!((answer.status < 300, answer.status == 403), (is_open, !is_open), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    every_route(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    every_route(Backend::Postgres).await;
}
