//! An upstream that answers about something else: every operation by every surface, computed from the
//! registry, on both databases.

use covibe_testkit::{Upstream, World};

use super::{Backend, Pair};
use crate::support::{Estate, everything, samples};

on_both!(what_an_answer_is_about_by_mistake_is_neither_changed_nor_shown);

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
        for request in upstream.of(world).requests().iter().filter(|one| one.method != "GET") {
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

async fn what_an_answer_is_about_by_mistake_is_neither_changed_nor_shown(pair: Pair) {
    let Pair { world, mark, justine } = &pair;
    let sibling = Estate::of(world, &world.mark, "b").await;
    let mut noticed = 0;
    for other in [&sibling, justine] {
        confuse(world, mark, other);
        for (number, (tool, via)) in everything(world).into_iter().enumerate() {
            for upstream in Upstream::ALL {
                upstream.of(world).clear_requests();
            }
            let params = samples::params(&tool, mark, &format!("sample-{number}"));
            let told = via.call(&mark.agent, &tool, &params).await;
            let what = format!("{} by {via:?}", tool.spec.name);
            assert_untouched(world, other, &what);
            if other.agent.slug == justine.agent.slug {
                justine.assert_unseen(&told.answer.text, "", &what);
            }
            noticed += usize::from(told.answer.text.contains("is about something else"));
        }
        for upstream in Upstream::ALL {
            upstream.of(world).unconfuse();
        }
    }
    assert!(noticed > 100, "the upstreams answered about something else {noticed} times");
}
