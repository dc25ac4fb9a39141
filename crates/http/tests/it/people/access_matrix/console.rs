//! Every path of the console, by everybody, computed from the paths that it declares.

use covibe_console::paths;
use covibe_testkit_http::World;

use super::visitors::{Cast, ELSEWHERE, UNCHOSEN};
use crate::support::Estate;

/// The source of the paths: a new one is in it.
const SOURCE: &str = include_str!("../../../../../console/src/paths.rs");

/// Returns the paths of the console: of pages and of forms.
fn console_paths() -> Vec<&'static str> {
    let constants = SOURCE.lines().filter_map(|line| line.strip_prefix("pub const "));
    let texts = constants.filter_map(|line| line.split('"').nth(1));
    let all: Vec<_> = texts.filter(|path| path.starts_with(paths::OVERVIEW)).collect();
    assert!(all.len() > 12, "{all:?}");
    all
}

/// Returns the paths, with those of mark's app and of a deployment of it.
fn all_paths(mark: &Estate) -> Vec<String> {
    let of_app = format!("{}/{}", paths::APPS, mark.app);
    let of_deployment = format!("{}/{}", paths::DEPLOYMENTS, mark.deployment);
    let of_provider = format!("{}/{}", paths::AUTH, mark.service);
    let opening = format!("{of_provider}/open");
    let declared = console_paths().into_iter().map(str::to_owned);
    declared.chain([of_app, of_deployment, of_provider, opening]).collect()
}

/// Opens every path as everybody.
pub(super) async fn open_everything(world: &World) {
    let mark = Estate::create(world, &world.mark, "a").await;
    let mut cast = Cast::gather(world).await;
    for path in all_paths(&mark) {
        nobody_opens(&mut cast, &path).await;
        strangers_open(&mut cast, &path, &mark).await;
        members_open(&mut cast, &path).await;
    }
    strangers_switch(&mut cast).await;
    members_change_people(&mut cast).await;
}

async fn nobody_opens(cast: &mut Cast, path: &str) {
    for nobody in &mut cast.nobodies {
        let read = nobody.person.clone().get(path).await;
        let sent = nobody.person.clone().submit(path, &[("csrf", &nobody.csrf)]).await;
        // The path of a form leads to its page, which leads to where people sign in.
        let is_led_back = read.status == 303
            && read.text.is_empty()
            && read.headers["location"].starts_with(paths::OVERVIEW);
        for (page, is_led_back) in [(read, is_led_back), (sent, false)] {
            let is_led = page.status == 303 && page.headers["location"].starts_with(paths::SIGN_IN);
            let is_no_route = matches!(page.status, 404 | 405);
            let is_kept_out = is_led || is_led_back || is_no_route;
            assert!(is_kept_out, "{path} by {}: {}", nobody.what, page.text);
        }
    }
    // The console looks at no keys: whoever has one is led to where people sign in.
    let page = cast.reader.send("GET", path, &[], None).await;
    assert!(!page.text.contains(paths::SWITCH), "{path} by a key: {}", page.text);
}

/// Strangers see the console of their own company, if they chose one, and nothing of mark's.
async fn strangers_open(cast: &mut Cast, path: &str, mark: &Estate) {
    for stranger in &mut cast.strangers {
        let page = stranger.person.clone().get(path).await;
        // A page tells an id again that it was asked for.
        let given = path.rsplit('/').next().unwrap_or_default();
        mark.assert_unseen(&page.text, given, path);
        let is_of_mark =
            [&mark.app, &mark.deployment, &mark.service].iter().any(|id| path.ends_with(*id));
        assert!(page.status != 200 || !is_of_mark, "{path} by {}", stranger.what);
        if stranger.what == UNCHOSEN && !matches!(page.status, 404 | 405) {
            assert_eq!(page.status, 303, "{path} by {}: {}", stranger.what, page.text);
            // The path of a form leads to its page, which leads to where a company is chosen.
            let to = &page.headers["location"];
            let is_led_back = page.text.is_empty() && to.starts_with(paths::OVERVIEW);
            assert!(is_led_back || to.starts_with(paths::COMPANY), "{path}");
        }
    }
}

async fn members_open(cast: &mut Cast, path: &str) {
    for one in cast.members.iter_mut().chain(&mut cast.admins) {
        let page = one.person.clone().get(path).await;
        let is_elsewhere = one.what == ELSEWHERE;
        // The path of a form leads to its page.
        let is_led_back = page.status == 303
            && page.text.is_empty()
            && page.headers["location"].starts_with(paths::OVERVIEW);
        let is_sound = matches!(page.status, 200 | 405) || (is_elsewhere && page.status < 500);
        let is_sound = is_sound || is_led_back;
        assert!(is_sound || page.status == 404, "{path} by {}: {}", one.what, page.text);
    }
}

async fn strangers_switch(cast: &mut Cast) {
    for stranger in &mut cast.strangers {
        let form = [("csrf", stranger.csrf.as_str()), ("slug", "mark")];
        let answer = stranger.person.clone().submit(paths::SWITCH, &form).await;
        let is_led = answer.status == 303 && answer.headers["location"].starts_with(paths::COMPANY);
        assert!(answer.status == 403 || is_led, "{}: {}", stranger.what, answer.text);
    }
}

async fn members_change_people(cast: &mut Cast) {
    for member in &mut cast.members {
        let switched = [("csrf", member.csrf.as_str()), ("slug", "mark")];
        assert_eq!(member.person.clone().submit(paths::SWITCH, &switched).await.status, 303);
        for path in [paths::INVITE, paths::CREATE_PERSON] {
            let form = [
                ("csrf", member.csrf.as_str()),
                ("email", "new@example.com"),
                ("name", "New"),
                ("role", "member"),
            ];
            let answer = member.person.clone().submit(path, &form).await;
            assert_eq!(answer.status, 403, "{path} by {}: {}", member.what, answer.text);
        }
    }
}
