//! Texts of others are shown as they are, and never run.

use covibe_console::pages::{
    activity, device_approval, error_pages, gitea_repositories, settings, sign_in,
};
use covibe_console::{Flash, Form, Frame, OtherCompany, Problem, Section, WorkspaceChoice};
use covibe_testkit_browser::Browser;
use serde_json::json;

use crate::{page_server, samples};

const HOSTILE: &str =
    "\"><script>document.title='run'</script><img src=x onerror=alert(1)>{{7*7}}\u{202e}&amp;'";

fn frame() -> Frame {
    let workspaces = vec![WorkspaceChoice { slug: HOSTILE.to_owned(), name: HOSTILE.to_owned() }];
    let other = OtherCompany { name: HOSTILE.to_owned(), workspaces: workspaces.clone() };
    let flash = Some(Flash::success(HOSTILE));
    let text = || HOSTILE.to_owned();
    Frame {
        name: text(),
        email: text(),
        tenant: text(),
        workspaces,
        companies: vec![other],
        flash,
        csrf: text(),
        workspace: Some(text()),
        ..samples::frame()
    }
}

#[tokio::test]
async fn hostile_texts_are_shown_and_not_executed_on_every_page() {
    let Some(browser) = Browser::shared() else { return };
    let problem = Problem::new(HOSTILE).hint(HOSTILE).of_request(HOSTILE);
    let form =
        Form::from_problem(problem.clone()).with("email", HOSTILE).with_error("email", HOSTILE);
    let repos = samples::view(
        json!({ "repos": [{ "repo": HOSTILE, "description": HOSTILE, "branch": HOSTILE, "webUrl": "https://git.example/x" }],
                                      "next": HOSTILE }),
    );
    let request = device_approval::DeviceApproval {
        machine: HOSTILE.to_owned(),
        agents: vec![HOSTILE.to_owned()],
        code: HOSTILE.to_owned(),
        ..Default::default()
    };
    let keys = samples::view(
        json!({ "keys": [{ "id": "key_aaaa", "name": HOSTILE, "prefix": HOSTILE, "scope": "workspace", "access": "full",
                                                "createdAt": "2026-11-20T08:00:00Z", "mintedBy": "usr_mmmm" },
                                             { "id": "key_bbbb", "prefix": HOSTILE, "scope": "workspace", "access": "full",
                                                "createdAt": "2026-11-20T08:00:00Z", "mintedBy": "key_aaaa" }] }),
    );
    let member = json!({ "id": "usr_mmmm", "name": HOSTILE, "email": HOSTILE, "role": "member" });
    let keys = settings::keys::Keys {
        list: Ok(keys),
        members: vec![samples::view(member)],
        minted: None,
        form: Form::default().with("name", HOSTILE).with("agent", HOSTILE),
    };
    let client = settings::agent_connections::Client {
        id: "cursor".to_owned(),
        title: HOSTILE.to_owned(),
        instructions: format!("{HOSTILE}`{HOSTILE}`"),
        key: Some((HOSTILE.to_owned(), HOSTILE.to_owned())),
        form: HOSTILE.to_owned(),
        link: Some(HOSTILE.to_owned()),
    };
    let agents = settings::agent_connections::Agents {
        clients: vec![client],
        companion: Some(settings::companion_install::Companion {
            version: Some(HOSTILE.to_owned()),
            install: HOSTILE.to_owned(),
            line: HOSTILE.to_owned(),
            registry: Some(settings::companion_install::Registry {
                npmrc: HOSTILE.to_owned(),
                install: HOSTILE.to_owned(),
                line: HOSTILE.to_owned(),
            }),
        }),
        minted: None,
        form: Form::default().with("name", HOSTILE).with("client", HOSTILE),
    };
    let pages = [
        (
            "sign-in",
            sign_in::sign_in(&sign_in::SignIn {
                form,
                return_to: HOSTILE.to_owned(),
                ..Default::default()
            }),
        ),
        ("failure", error_pages::failure(&frame(), Section::Code, HOSTILE, &problem)),
        ("code", gitea_repositories::code(&frame(), &Ok(repos), true)),
        ("device", device_approval::decide(&request)),
        (
            "activity",
            activity::activity(
                &frame(),
                &activity::Filter::default(),
                &Ok(samples::view(json!({ "entries": [] }))),
                &Ok(samples::worked_in(HOSTILE)),
            ),
        ),
        ("keys", settings::keys::keys(&frame(), &keys)),
        ("agents", settings::agent_connections::agents(&frame(), &agents)),
    ];
    let names = pages.each_ref().map(|(name, _)| *name);
    let origin = page_server::serve(pages).await;
    let mut page = browser.page().await;
    for name in names {
        page.goto(&format!("{origin}/{name}")).await;
        page.assert_clean().await;
        assert_ne!(page.evaluate("document.title").await, "run", "{name}");
        assert!(!page.has_element("main script, main img[src=x]").await, "{name}");
        assert!(page.text("body").await.contains("onerror=alert(1)"), "{name}");
        assert!(page.accessibility().await.is_empty(), "{name}");
    }
}

#[test]
fn a_javascript_url_is_not_shown_as_a_link() {
    let app = json!({ "uuid": "q8k4wgcsos0ow8ckgcsosw4k", "name": "x", "kind": "application", "status": "running", "domains": [],
                      "url": "javascript:alert(1)" });
    let details = samples::view(app);
    let shown = covibe_console::pages::resources::app::app(
        &samples::frame(),
        &details,
        &Ok(samples::view(json!({ "deployments": [] }))),
    );
    assert!(!shown.into_string().contains("href=\"javascript:"));
}

#[test]
fn a_minted_key_is_not_in_debug_output() {
    let minted = settings::agent_connections::Minted {
        name: "laptop".to_owned(),
        token: "vibn_sk_secret".to_owned(),
    };
    let client = settings::agent_connections::Client {
        form: "vibn_sk_secret".to_owned(),
        ..Default::default()
    };
    let view = settings::agent_connections::Agents {
        clients: vec![client],
        companion: None,
        minted: Some(minted),
        form: Form::default(),
    };
    assert!(!format!("{view:?}").contains("secret"));
}
