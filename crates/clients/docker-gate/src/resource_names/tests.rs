//! Names that belong to a resource, and names that do not.

use super::*;

const UUID: &str = "abcdefghijkl012345678901";

#[test]
fn the_uuid_of_a_resource_is_read_from_its_containers_names() {
    for name in [
        UUID.to_owned(),
        format!("/{UUID}"),
        format!("{UUID}-143027123456"),
        format!("web-{UUID}"),
        format!("my_db.1-x-{UUID}"),
        format!("web-{UUID}-093045123456"),
        format!("/web-1-{UUID}-093045123456"),
        format!("web-{UUID}-1"),
    ] {
        assert_eq!(uuid_of_container(&name), Some(UUID), "{name}");
    }
}

/// A tenant chooses the names of services, and Coolify appends the uuid.
#[test]
fn the_name_of_a_service_makes_no_container_another_resources() {
    let other = "zbcdefghijkl012345678901";
    for service in [
        other.to_owned(),
        format!("x-{other}"),
        format!("{other}-1"),
        format!("x-{other}-093045123456"),
        format!("{other}-pr-1"),
    ] {
        for name in [format!("{service}-{UUID}"), format!("{service}-{UUID}-093045123456")] {
            assert_eq!(uuid_of_container(&name), Some(UUID), "{name}");
        }
    }
}

#[test]
fn no_uuid_is_read_from_names_of_other_containers() {
    for name in [
        "coolify".to_owned(),
        "coolify-db".to_owned(),
        "coolify-proxy".to_owned(),
        "/coolify-realtime".to_owned(),
        String::new(),
        "-".to_owned(),
        format!("{UUID}-proxy"),
        format!("{UUID}-pr-1"),
        format!("{UUID}-"),
        format!("web-{UUID}-pr-2"),
        format!("web-{UUID}-pr-093045123456"),
        format!("web-{UUID}-proxy"),
        format!("web-{UUID}-"),
        format!("web-{UUID}-1a"),
        format!("web-{UUID}-1-2"),
        format!("web-{UUID}-{}", "1".repeat(21)),
        format!("-{UUID}-1"),
        format!("-{UUID}"),
        format!("--volume-{UUID}"),
        format!("//{UUID}"),
        format!("web {UUID}"),
        format!("we/b-{UUID}"),
        format!("web\n-{UUID}"),
        format!("wéb-{UUID}"),
        format!("web-{UUID}0"),
        format!("web-{}", UUID.to_uppercase()),
        format!("{}-{UUID}", "x".repeat(LONGEST + 1)),
    ] {
        assert_eq!(uuid_of_container(&name), None, "{name}");
    }
}

#[test]
fn the_uuid_of_a_database_is_read_from_the_name_of_its_proxy() {
    for name in [format!("{UUID}-proxy"), format!("/{UUID}-proxy")] {
        assert_eq!(uuid_of_proxy(&name), Some(UUID), "{name}");
    }
    for name in
        ["coolify-proxy", "-proxy", UUID, &format!("proxy-{UUID}"), &format!("x-{UUID}-proxy")]
    {
        assert_eq!(uuid_of_proxy(name), None, "{name}");
    }
}

#[test]
fn a_volume_name_must_contain_a_uuid_as_a_whole_word() {
    for name in [format!("{UUID}_my-data"), format!("postgres-data-{UUID}"), UUID.to_owned()] {
        assert!(is_volume(&name), "{name}");
    }
    for name in [
        "coolify-db".to_owned(),
        "0".repeat(64),
        format!("x{UUID}"),
        format!("{UUID}x_data"),
        format!("-{UUID}"),
        format!("../{UUID}"),
        format!("{UUID}/../coolify-db"),
    ] {
        assert!(!is_volume(&name), "{name}");
    }
}

#[test]
fn only_networks_of_workspaces_and_resources_are_recognized() {
    let project = UUID.parse().expect("a uuid");
    let name = covibe_domain::names::workspace_network(&project);
    assert!(is_own_network(&name) && is_network(&name), "{name}");
    assert!(is_apps_network(UUID) && !is_apps_network(&name));
    for name in
        ["0af9".repeat(6), UUID[1..].to_owned(), format!("{UUID}_default"), "0af9".repeat(16)]
    {
        assert!(!is_apps_network(&name), "{name}");
    }
    for name in [UUID, &format!("covibe-x-{UUID}"), &format!("covibe-{UUID}-x")] {
        assert!(is_network(name) && !is_own_network(name), "{name}");
    }
    for name in ["coolify", "host", "bridge", "covibe-", "covibe-mark", &format!("covibe-{UUID}/x")]
    {
        assert!(!is_network(name) && !is_own_network(name), "{name}");
    }
}

#[test]
fn only_full_lowercase_ids_are_accepted() {
    assert!(Id::new(&"0af9".repeat(16)).is_some());
    for text in ["0af9".repeat(15), "0AF9".repeat(16), "0afg".repeat(16), UUID.to_owned()] {
        assert!(Id::new(&text).is_none(), "{text}");
    }
}

#[test]
fn a_marker_is_read_back_from_its_environment_entry() {
    let marker = Marker::new("0123456789abcdef").unwrap();
    assert_eq!(Marker::of_entry(&marker.entry()), Some(marker));
    for entry in ["COVIBE_EXEC=", "COVIBE_EXEC=short", "COVIBE_EXECS=0123456789abcdef", "PATH"] {
        assert_eq!(Marker::of_entry(entry), None, "{entry}");
    }
}
