//! The table, held against Coolify's records and the published schema.

use covibe_coolify::Application;
use serde_json::{Value, json};

use super::super::patch_columns::is_image;
use super::*;

fn application(members: &Value) -> Application {
    let mut value = json!({ "uuid": "zg4cwgc44ogc08804000gggo" });
    value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}

fn column(name: &str) -> &'static ApplicationColumn {
    let member = MEMBERS.iter().find(|member| member.name == name).unwrap();
    member.application.unwrap()
}

#[test]
fn compares_images_by_meaning() {
    let digest = format!("nginx@sha256:{}", "0".repeat(64));
    for (present, wanted, same) in [
        ("nginx:latest", "nginx", true),
        ("nginx:1.27", "nginx:1.27", true),
        ("nginx:1.27", "nginx", false),
        (digest.as_str(), digest.as_str(), true),
        (digest.as_str(), "nginx", false),
        ("odd odd", "odd odd", false),
    ] {
        assert_eq!(is_image(present, wanted), same, "{present} {wanted}");
    }
}

#[test]
fn treats_an_empty_text_as_absent() {
    let app = application(&json!({ "build_command": null, "start_command": "run" }));
    let keeps = |name, text| column(name).keeps(&app, text);
    assert!(keeps("buildCommand", "") && !keeps("startCommand", ""));
    assert!(keeps("startCommand", " run") && !keeps("branch", "main"));
}

#[test]
fn reads_each_member_from_the_field_it_is_written_to() {
    let rows = [
        ("name", "name", "x"),
        ("description", "description", "x"),
        ("branch", "git_branch", "x"),
        ("commit", "git_commit_sha", "0123abc"),
        ("ports", "ports_exposes", "80"),
        ("installCommand", "install_command", "x"),
        ("buildCommand", "build_command", "x"),
        ("startCommand", "start_command", "x"),
        ("baseDirectory", "base_directory", "/x"),
        ("publishDirectory", "publish_directory", "/x"),
        ("dockerfileLocation", "dockerfile_location", "/x"),
        ("dockerComposeLocation", "docker_compose_location", "/x"),
    ];
    let texts = MEMBERS.iter().filter(|row| !matches!(row.has, Has::Images | Has::Composed));
    assert!(texts.map(|row| row.name).eq(rows.iter().map(|(name, ..)| *name)));
    for (name, field, text) in rows {
        let app = application(&json!({ field: text }));
        assert!(column(name).keeps(&app, text), "{name}");
        assert!(!column(name).keeps(&application(&json!({})), text), "{name}");
        let mut patch = ApplicationPatch::default();
        column(name).write(&mut patch, name, text).unwrap();
        if name == "commit" {
            continue;
        }
        let written = format!("{patch:?}");
        let at = written.find(&format!("{field}: Some(")).unwrap();
        assert!(written[at..].split(", ").next().unwrap().contains(text), "{written}");
    }
}

#[test]
fn the_schema_of_a_patch_has_exactly_the_members_of_the_table() {
    let schema = serde_json::to_value(covibe_operation::input_schema::<AppPatch>()).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let others = ["volumes", "healthCheck", "limits", "buildPack", "autoDeploy", "watchPaths"];
    assert_eq!(properties.len(), MEMBERS.len() + others.len());
    for member in MEMBERS {
        assert!(properties.contains_key(member.name), "{}", member.name);
        let patch: AppPatch = serde_json::from_value(json!({ member.name: "/x" })).unwrap();
        assert!(
            patch.given_members().map(|(row, text)| (row.name, text)).eq([(member.name, "/x")])
        );
    }
    for (other, member) in SPELLINGS {
        assert!(properties.contains_key(*member) && !properties.contains_key(*other));
    }
}
