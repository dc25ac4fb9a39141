//! An upstream that answers about something else: every operation by every surface, computed from the
//! registry, on both databases.

use covibe_testkit_http::{Upstream, World};
use serde_json::{Value, json};

use super::{Backend, Pair};
use crate::support::{Estate, all_calls, parameter_samples};

on_both!(
    an_upstream_answer_about_another_resource_neither_changes_nor_shows_it,
    a_creation_that_is_answered_with_another_resource_does_not_change_it,
);

/// Makes the upstreams answer about the resources of `other` when those of `asked` are asked for.
fn confuse(world: &World, asked: &Estate, other: &Estate) {
    let of_coolify = |it: &Estate| {
        let Estate { project, app, database, service, deployment, .. } = it.clone();
        [project, app, database, service, deployment]
    };
    for (asked, other) in of_coolify(asked).iter().zip(&of_coolify(other)) {
        if asked != other {
            world.coolify.confuse(asked, other);
        }
    }
    let of_gitea = |it: &Estate| format!("vibn-{}/{}", it.agent.slug, it.repo);
    world.gitea.confuse(&of_gitea(asked), &of_gitea(other));
    if asked.agent.slug != other.agent.slug {
        let names =
            |it: &Estate| [format!("vibn-{}", it.agent.slug), format!("{}-bot", it.agent.slug)];
        for (asked, other) in names(asked).iter().zip(&names(other)) {
            world.gitea.confuse(asked, other);
        }
    }
}

/// Panics if a request that changes something names a resource of `other`.
fn assert_untouched(world: &World, other: &Estate, what: &str) {
    for upstream in Upstream::ALL {
        for request in upstream.simulator(world).requests().iter().filter(|one| one.method != "GET")
        {
            // A clone is a POST.
            if request.path.ends_with("/git-upload-pack") {
                continue;
            }
            let text = format!("{} {:?} {:?}", request.path, request.query, request.body);
            let ids = [&other.app, &other.database, &other.service, &other.deployment, &other.repo];
            let named = ids.into_iter().find(|id| text.contains(id.as_str()));
            assert!(named.is_none(), "{what} changes {named:?}: {} {text}", request.method);
        }
    }
}

async fn an_upstream_answer_about_another_resource_neither_changes_nor_shows_it(pair: Pair) {
    let Pair { world, mark, justine } = &pair;
    let sibling = Estate::create(world, &world.mark, "b").await;
    let mut noticed = 0;
    for other in [&sibling, justine] {
        confuse(world, mark, other);
        for (number, (tool, via)) in all_calls(world).into_iter().enumerate() {
            for upstream in Upstream::ALL {
                upstream.simulator(world).clear_requests();
            }
            let params = parameter_samples::params(&tool, mark, &format!("sample-{number}"));
            let told = via.call(&mark.agent, &tool, &params).await;
            let what = format!("{} by {via:?}", tool.spec.name);
            assert_untouched(world, other, &what);
            if other.agent.slug == justine.agent.slug {
                justine.assert_unseen(&told.answer.text, "", &what);
            }
            noticed += usize::from(told.answer.text.contains("is about something else"));
        }
        for upstream in Upstream::ALL {
            upstream.simulator(world).unconfuse();
        }
    }
    assert!(noticed > 100, "the upstreams answered about something else {noticed} times");
}

/// The parameters of creations, by the tool, for a name.
fn creations(name: &str) -> [(&'static str, Value); 4] {
    let file = "services: {web: {image: 'nginx:1.27'}}";
    [
        ("apps.create", json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false })),
        ("apps.create", json!({ "composeRaw": file, "name": name, "instantDeploy": false })),
        ("databases.create", json!({ "type": "redis", "name": name })),
        ("auth.create", json!({ "provider": "pocketbase", "name": name })),
    ]
}

async fn a_creation_that_is_answered_with_another_resource_does_not_change_it(pair: Pair) {
    let Pair { world, mark, justine } = &pair;
    let made = async |agent: &covibe_testkit_http::Agent, tool: &str, params: &Value| {
        let made = agent.compact(tool, params).await;
        made.unwrap_or_else(|why| panic!("{tool}: {why}"))["uuid"].clone()
    };
    for (number, (tool, params)) in creations("other").into_iter().enumerate() {
        let params = with_name(params, &format!("other-{number}"));
        for owner in [mark, justine] {
            let other = made(&owner.agent, tool, &params).await;
            let other = other.as_str().expect("a uuid");
            let wanted = with_name(params.clone(), &format!("new-{number}-{}", owner.agent.slug));
            world.coolify.confuse_creations(other);
            world.coolify.clear_requests();
            let refused = mark.agent.compact_raw(tool, &wanted).await;
            assert!(refused.status >= 400, "{tool}: {}", refused.text);
            for request in world.coolify.requests().iter().filter(|one| one.method != "GET") {
                assert!(!request.path.contains(other), "{} {}", request.method, request.path);
            }
            world.coolify.unconfuse();
            let repeated = made(&mark.agent, tool, &wanted).await;
            assert_ne!(repeated, other, "{tool}");
        }
    }
}

fn with_name(mut params: Value, name: &str) -> Value {
    params["name"] = json!(name);
    params
}
