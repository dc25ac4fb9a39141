//! Every operation on REST, by everybody, computed from the registry.

use covibe_dispatch::Tool;
use covibe_operation::Callers;
use covibe_testkit_http::World;
use serde_json::Value;

use super::visitors::{Cast, CastMember, ELSEWHERE};
use crate::support::{Estate, parameter_samples};

/// Calls every operation as everybody.
pub(super) async fn call_everything(world: &World) {
    let mark = Estate::create(world, &world.mark, "a").await;
    let justine = Estate::create(world, &world.justine, "a").await;
    let cast = Cast::gather(world).await;
    for tool in world.dispatcher.registry().operations() {
        let params = parameter_samples::params(tool, &mark, "never-made");
        nobody_calls(&cast, tool, &params).await;
        strangers_call(&cast, tool, &params, &mark).await;
        if parameter_samples::id_parameter(tool).is_some() {
            name_what_is_foreign(&cast, tool, &mark, &justine).await;
        }
        keys_call(&cast, tool, &params, &mark).await;
        members_call(&cast, tool, &params).await;
    }
}

fn has_slug(tool: &Tool) -> bool {
    tool.spec.route.full_path().contains("{slug}")
}

fn is_for_admins(tool: &Tool) -> bool {
    tool.spec.callers == Callers::Admins || parameter_samples::is_for_tenants(tool)
}

async fn nobody_calls(cast: &Cast, tool: &Tool, params: &Value) {
    for nobody in &cast.nobodies {
        let answer = nobody.agent.rest_raw(tool, params).await;
        assert_eq!(answer.status, 401, "{} by {}: {}", tool.spec.name, nobody.what, answer.text);
    }
}

async fn strangers_call(cast: &Cast, tool: &Tool, params: &Value, mark: &Estate) {
    let name = tool.spec.name;
    for stranger in cast.strangers.iter().filter(|_| has_slug(tool)) {
        let answer = stranger.agent.rest_raw(tool, params).await;
        assert_eq!(answer.status, 403, "{name} by {}: {}", stranger.what, answer.text);
        mark.assert_unseen(&answer.text, "", name);
    }
}

/// Whoever works in mark's workspace reaches nothing of another one by its id, even if they are a member there.
async fn name_what_is_foreign(cast: &Cast, tool: &Tool, mark: &Estate, justine: &Estate) {
    let (name, id) = (tool.spec.name, parameter_samples::id_in(tool, justine));
    for one in cast.members.iter().chain(&cast.admins) {
        let answer =
            one.agent.rest_raw(tool, &parameter_samples::params_with_id(tool, mark, id)).await;
        let what = format!("{name} by {}: {}", one.what, answer.text);
        assert!(matches!(answer.status, 403 | 404), "{what}");
        justine.assert_unseen(&answer.text, id, name);
    }
}

async fn keys_call(cast: &Cast, tool: &Tool, params: &Value, mark: &Estate) {
    let (name, is_for_people) = (tool.spec.name, tool.spec.callers != Callers::Anyone);
    if is_for_people && has_slug(tool) {
        let answer = mark.agent.rest_raw(tool, params).await;
        assert_eq!(answer.status, 403, "{name} by a key: {}", answer.text);
        let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains("API keys cannot") && told.contains(name), "{told}");
    }
    let is_open = !is_for_people && !tool.spec.access.changes() && !tool.spec.discloses;
    let answer = cast.reader.rest_raw(tool, params).await;
    let seen = (answer.status < 300, answer.status == 403);
    assert_eq!(seen, (is_open, !is_open), "{name} by a key that reads: {}", answer.text);
}

async fn members_call(cast: &Cast, tool: &Tool, params: &Value) {
    let (name, is_for_admins) = (tool.spec.name, is_for_admins(tool));
    let reads = !tool.spec.access.changes();
    for admin in cast.admins.iter().filter(|_| reads) {
        let answer = admin.agent.rest_raw(tool, params).await;
        assert!(answer.status < 300, "{name} by {}: {}", admin.what, answer.text);
    }
    // Without a slug, a call is in the company where the session is.
    let is_here = |one: &&CastMember| has_slug(tool) || one.what != ELSEWHERE;
    for member in cast.members.iter().filter(is_here).filter(|_| is_for_admins || reads) {
        let answer = member.agent.rest_raw(tool, params).await;
        let seen = (answer.status < 300, answer.status == 403);
        let expected = (!is_for_admins, is_for_admins);
        assert_eq!(seen, expected, "{name} by {}: {}", member.what, answer.text);
    }
}
