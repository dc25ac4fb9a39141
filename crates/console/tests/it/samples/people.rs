//! Views of people, keys and agents.

use covibe_console::pages::settings::agent_connections::{Agents, Client, Minted};
use covibe_console::pages::settings::companion_install::{Companion, Registry};
use covibe_console::pages::settings::keys::Keys;
use covibe_console::pages::settings::people::People;
use covibe_console::pages::settings::profile::Profile;
use covibe_console::pages::{
    account_takeover, company_choice, device_approval, onboarding, one_time_links,
};
use covibe_console::{Form, Problem, WorkspaceChoice};
use serde_json::json;

use super::view;

pub(super) fn link(form: Form) -> one_time_links::Link {
    one_time_links::Link {
        action: "/auth/link/sample".to_owned(),
        email: "mia@northwind.example".to_owned(),
        company: Some("Northwind Traders".to_owned()),
        is_new: true,
        takes_over: false,
        elsewhere: Vec::new(),
        sign_in: Some("/auth/sign-in?returnTo=%2Fauth%2Finvitation%2Fsample".to_owned()),
        csrf: "c2FtcGxl".to_owned(),
        form,
    }
}

/// Returns an appointment to a company of somebody who has an account already.
pub(super) fn appointment() -> one_time_links::Link {
    let elsewhere = ["Contoso <Pharmaceuticals>", "Fabrikam"].map(str::to_owned).into();
    one_time_links::Link {
        is_new: false,
        takes_over: true,
        elsewhere,
        sign_in: None,
        ..link(Form::default())
    }
}

/// Returns a link by which somebody proves the address of an account.
pub(super) fn proof() -> one_time_links::Link {
    one_time_links::Link { company: None, ..appointment() }
}

/// Returns an account that was taken over, with the members that it had made.
pub(super) fn taken_over() -> account_takeover::TakenOver {
    let member = |(email, role): &(&str, &'static str)| account_takeover::Member {
        email: (*email).to_owned(),
        role,
    };
    let company =
        |name: &str, can_remove, members: &[(&str, &'static str)]| account_takeover::Company {
            name: name.to_owned(),
            can_remove,
            members: members.iter().map(member).collect(),
        };
    account_takeover::TakenOver {
        email: "mia@northwind.example".to_owned(),
        ended: Some(account_takeover::Ended { keys: 2, sessions: 1, links: 0, invitations: 3 }),
        companies: vec![
            company("Contoso <Pharmaceuticals>", true, &[("eve@contoso.example", "admin")]),
            company(
                "Fabrikam",
                false,
                &[("mallory@fabrikam.example", "member"), ("fred@fabrikam.example", "admin")],
            ),
        ],
        csrf: "c2FtcGxl".to_owned(),
    }
}

pub(super) fn companies() -> company_choice::Choose {
    let company =
        |id: &str, name: &str| company_choice::Company { id: id.into(), name: name.into() };
    company_choice::Choose {
        email: "mia@northwind.example".to_owned(),
        companies: vec![
            company("ten_north", "Northwind Traders"),
            company("ten_south", "Southwind"),
        ],
        last: Some("ten_north".to_owned()),
        return_to: "/console/live".to_owned(),
        csrf: "c2FtcGxl".to_owned(),
    }
}

pub(super) fn onboarding() -> onboarding::Onboarding {
    let form = Form::default()
        .with("slug", "Store Front")
        .with_error("slug", "Only small letters, digits and hyphens.");
    onboarding::Onboarding {
        email: "mia@northwind.example".to_owned(),
        company: None,
        csrf: "c2FtcGxl".to_owned(),
        form,
    }
}

pub(super) fn device() -> device_approval::DeviceApproval {
    let choice = |(slug, name): (&str, &str)| WorkspaceChoice {
        slug: slug.to_owned(),
        name: name.to_owned(),
    };
    device_approval::DeviceApproval {
        code: "WDJB-MJHT".to_owned(),
        machine: "mias-macbook.local".to_owned(),
        agents: ["claude-code", "cursor"].map(str::to_owned).into(),
        address: "2001:db8:85a3::8a2e:370:7334".to_owned(),
        age: 42,
        workspaces: [("storefront", "Storefront"), ("internal", "Internal tools")]
            .map(choice)
            .into(),
        workspace: Some("internal".to_owned()),
        email: "mia@northwind.example".to_owned(),
        csrf: "c2FtcGxl".to_owned(),
        problem: None,
    }
}

pub(super) fn people(can_manage: bool) -> People {
    let at = "2026-11-20T08:00:00Z";
    People {
        members: Ok(view(json!([
            { "id": "usr_mmmm", "name": "Mia Andersson", "email": "mia@northwind.example", "role": "admin", "since": at },
            { "id": "usr_jjjj", "name": "", "email": "jonas.with.a.very.long.address.indeed.that.does.not.end@subsidiary.northwind.example", "role": "member", "workspaceRole": "member" },
        ]))),
        invitations: Ok(view(json!([
            { "id": "inv_aaaa", "email": "lea@northwind.example", "role": "member", "expiresAt": at, "later": "unknown" },
        ]))),
        links: Ok(view(json!([
            { "id": "lnk_aaaa", "email": "jonas@northwind.example", "madeBy": "usr_mmmm", "expiresAt": at },
        ]))),
        own_id: "usr_mmmm".to_owned(),
        can_manage,
        can_create: true,
        link: can_manage.then(|| {
            (
                "lea@northwind.example".to_owned(),
                "https://co-vibe.example/auth/link/mQ3v0b2k".to_owned(),
            )
        }),
        invite: Form::default()
            .with("email", "mia@northwind.example")
            .with_error("email", "This person is a member already."),
        create: Form::default(),
    }
}

pub(super) fn keys() -> Keys {
    let list = view(json!({ "keys": [
        { "id": "key_aaaa", "name": "laptop", "prefix": "vibn_sk_a1b2", "agentType": "claude-code", "scope": "workspace", "access": "full",
          "createdAt": "2026-11-20T08:00:00Z", "lastUsedAt": "2026-11-23T09:12:00Z", "expiresAt": "2027-02-18T08:00:00Z", "mintedBy": "usr_mmmm" },
        { "id": "key_bbbb", "prefix": "vibn_sk_c3d4", "scope": "tenant", "access": "read", "createdAt": "2026-11-20T08:00:00Z" },
        { "id": "key_cccc", "name": "build server", "prefix": "vibn_sk_e5f6", "scope": "workspace", "access": "full", "createdAt": "2026-11-21T08:00:00Z",
          "mintedBy": "key_aaaa" },
        { "id": "key_dddd", "name": "left", "prefix": "vibn_sk_g7h8", "scope": "workspace", "access": "full", "createdAt": "2026-11-21T08:00:00Z",
          "mintedBy": "key_zzzz" },
    ] }));
    let members = people(true).members.unwrap_or_default();
    Keys { list: Ok(list), members, minted: None, form: Form::default() }
}

pub(super) fn minted() -> Keys {
    Keys { list: Ok(view(json!({ "keys": [] }))), minted: Some(key()), ..keys() }
}

fn key() -> Minted {
    Minted { name: "laptop".to_owned(), token: format!("vibn_sk_{}", "x".repeat(48)) }
}

pub(super) fn agents() -> Agents {
    let client = |(id, title, form): (&str, &str, &str)| Client {
        id: id.to_owned(),
        title: title.to_owned(),
        instructions: format!("{title} reads the key from `VIBN_API_KEY` when it starts."),
        key: Some((
            format!("In the shell where {title} starts"),
            format!("export VIBN_API_KEY={}", key().token),
        )),
        form: form.to_owned(),
        link: Some(format!("cursor://anysphere.cursor-deeplink/mcp/install?name={id}")),
    };
    Agents {
        companion: Some(companion()),
        minted: None,
        form: Form::default(),
        clients: [
            ("claude-code", "Claude Code", "claude mcp add --scope project --transport http co-vibe https://co-vibe.example/api/mcp"),
            ("cursor", "Cursor", "{\n  \"mcpServers\": {}\n}"),
        ]
        .map(client)
        .into(),
    }
}

fn companion() -> Companion {
    let line = |install: &str| {
        let run = "npm exec -- covibe-local";
        let at = "--base-url https://co-vibe.example";
        format!("{install} && {run} setup {at} && {run} doctor {at}")
    };
    let install = "npm install --save-dev https://co-vibe.example/downloads/co-vibe.tgz";
    let scoped = "npm install --save-dev @co-vibe/local";
    Companion {
        version: Some("2.4.0".to_owned()),
        install: install.to_owned(),
        line: line(install),
        registry: Some(Registry {
            npmrc: "@co-vibe:registry=https://co-vibe.example/npm/".to_owned(),
            install: scoped.to_owned(),
            line: line(scoped),
        }),
    }
}

pub(super) fn agents_refused() -> Agents {
    let form = Form::from_problem(Problem::new("The key needs a name.")).with("client", "cursor");
    Agents { form, companion: None, ..agents() }
}

pub(super) fn connected() -> Agents {
    Agents { minted: Some(key()), form: Form::default().with("client", "cursor"), ..agents() }
}

pub(super) fn profile() -> Profile {
    Profile {
        has_password: true,
        sessions: Ok(view(json!([
            { "id": "ses_aaaa", "agent": "Firefox on Linux", "address": "203.0.113.7", "createdAt": "2026-11-20T08:00:00Z", "isCurrent": true },
            { "id": "ses_bbbb", "createdAt": "2026-11-20T08:00:00Z", "lastUsedAt": "2026-11-21T08:00:00Z" },
        ]))),
        name: Form::default(),
        password: Form::default().with_error("current", "This is not your password."),
        photo: Some(Form::default().with_error("photo", "The file is no picture.")),
        leave: Form::default(),
    }
}
