//! Forms of pages that show another workspace than the session is in, because of a switch in another tab.

use covibe_console::paths;
use covibe_domain::entities::Role;
use covibe_testkit_http::{Agent, Person, World};
use serde_json::json;

use super::location;

/// The pages with forms that act in a workspace or its company.
const PAGES: [&str; 4] = [paths::KEYS, paths::AGENTS, paths::PEOPLE, paths::PROFILE];

/// The forms of these pages that have the same effect in every workspace.
const PERSONAL: [&str; 5] = [
    paths::SWITCH,
    paths::SIGN_OUT,
    "/console/settings/profile/name",
    "/console/settings/profile/password",
    "/console/settings/profile/photo",
];

/// A form of an open page.
struct OpenForm {
    /// The path that it is sent to.
    action: String,
    csrf: String,
}

impl OpenForm {
    /// Reads a form from the HTML behind its `<form`.
    fn read(html: &str) -> Self {
        let attribute = |start: &str| {
            let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("{start} in {html}"));
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        Self { action: attribute("action=\""), csrf: attribute("name=\"csrf\" value=\"") }
    }
}

/// Opens the pages, and returns their forms that are not personal.
async fn open_forms(person: &mut Person) -> Vec<OpenForm> {
    let mut forms = Vec::new();
    for path in PAGES {
        let page = person.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        forms.extend(page.text.split("<form ").skip(1).map(OpenForm::read));
    }
    forms.retain(|form| !PERSONAL.contains(&form.action.as_str()));
    forms
}

/// Creates a second workspace of mark's company, and a member, an invitation and a link with forms of their own.
async fn populate(world: &World, by: &Agent) {
    Person::member(world, &world.mark, "bob", Role::Member).await;
    for (path, body) in [
        ("/api/workspaces", json!({ "slug": "more" })),
        ("/api/workspaces/mark/invitations", json!({ "email": "eve@example.org" })),
        ("/api/workspaces/mark/people", json!({ "email": "ida@example.org", "name": "Ida" })),
    ] {
        let made = by.json("POST", path, &body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.text);
    }
}

async fn switch(world: &World, person: &mut Person, slug: &str) {
    let switched = person.submit_own(world, paths::SWITCH, &[("slug", slug)]).await;
    assert_eq!(location(&switched), paths::OVERVIEW);
}

/// Returns how many keys, people and invitations there are: keys of both workspaces, the rest of the company.
async fn counts(by: &Agent) -> [usize; 4] {
    let count = async |slug: &str, list: &str| {
        let path = format!("/api/workspaces/{slug}/{list}");
        let answer = by.send("GET", &path, &[], None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()[list].as_array().expect("a list").len()
    };
    [
        count("mark", "keys").await,
        count("more", "keys").await,
        count("mark", "people").await,
        count("mark", "invitations").await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_form_of_a_workspace_is_refused_once_another_tab_is_in_another_one() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let by = ada.agent(&world, "mark").await;
    populate(&world, &by).await;
    switch(&world, &mut ada, "mark").await;
    let forms = open_forms(&mut ada).await;
    let before = counts(&by).await;
    switch(&world, &mut ada, "more").await;
    for OpenForm { action, csrf } in &forms {
        let refused = ada.submit(action, &[("csrf", csrf)]).await;
        assert_eq!(refused.status, 409, "{action}: {}", refused.text);
        for said in ["so nothing was changed", "You are now in the workspace more of"] {
            assert!(refused.text.contains(said), "{action}: {}", refused.text);
        }
    }
    for end in ["/mint", "/connect", "/invite", "/create", "/role", "/link", "/revoke", "/leave"] {
        assert!(forms.iter().any(|form| form.action.ends_with(end)), "no form is sent to {end}");
    }
    assert_eq!(counts(&by).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_form_mints_a_key_only_in_the_workspace_of_its_page() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let by = ada.agent(&world, "mark").await;
    populate(&world, &by).await;
    switch(&world, &mut ada, "mark").await;
    let forms = open_forms(&mut ada).await;
    let mint = forms.iter().find(|form| form.action == paths::MINT_KEY).expect("a form");
    let fields = [
        ("csrf", mint.csrf.as_str()),
        ("name", "laptop"),
        ("agent", "codex"),
        ("access", "full"),
        ("days", "90"),
    ];
    let [of_mark, of_more, ..] = counts(&by).await;
    for (slug, status, minted) in [("more", 409, 0), ("mark", 200, 1)] {
        switch(&world, &mut ada, slug).await;
        let answer = ada.submit(&mint.action, &fields).await;
        assert_eq!(answer.status, status, "{slug}: {}", answer.text);
        let [now_of_mark, now_of_more, ..] = counts(&by).await;
        assert_eq!((now_of_mark, now_of_more), (of_mark + minted, of_more), "{slug}");
    }
}
