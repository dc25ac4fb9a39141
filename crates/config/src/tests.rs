//! Valid configurations, and the mistakes that are reported of the others.

use covibe_http::Proxies;

use super::*;

pub(super) fn read(values: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(&Sources::new(values.iter().copied()))
}

#[test]
fn the_empty_configuration_is_valid_and_has_the_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.bind.to_string(), "127.0.0.1:8787");
    assert_eq!(config.base_domain, "vibnai.com");
    assert!(matches!(config.database, Database::Sqlite) && config.coolify.is_none());
    assert!(!config.docker_sock_providers);
}

#[test]
fn boolean_settings_accept_only_true_or_false() {
    let switch = |text| read(&[("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS", text)]);
    assert!(switch("true").unwrap().docker_sock_providers);
    assert!(!switch("false").unwrap().docker_sock_providers);
    assert!(switch("yes").is_err());
}

/// A whole configuration of WorkOS.
pub(super) const WORKOS: [(&str, &str); 7] = [
    ("COVIBE_AUTH_MODE", "workos"),
    ("COVIBE_HOSTED_URL", "https://covibe.acme.dev"),
    ("WORKOS_CLIENT_ID", "client_01ABC"),
    ("WORKOS_API_KEY", "sk_hunter2"),
    ("WORKOS_COOKIE_PASSWORD", "0123456789abcdef0123456789abcdef"),
    ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "https://covibe.acme.dev/callback"),
    ("VIBN_SECRETS_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
];

fn workos_with(name: &str, value: Option<&'static str>) -> Result<Config, Mistakes> {
    let kept = WORKOS.into_iter().filter(|(own, _)| *own != name);
    let changed: Vec<_> = kept.chain(value.map(|value| (name, value))).collect();
    read(&changed)
}

#[test]
fn workos_is_used_if_it_is_completely_configured() {
    let Auth::WorkOs(workos) = read(&WORKOS).unwrap().auth else { panic!("WorkOS") };
    assert_eq!(workos.client_id, "client_01ABC");
    assert_eq!(workos.callback.as_str(), "https://covibe.acme.dev/callback");
    assert!(matches!(read(&[]).unwrap().auth, Auth::Local));
    let local = workos_with("COVIBE_AUTH_MODE", Some("local")).unwrap();
    assert!(matches!(local.auth, Auth::Local), "the other variables may stay");
    let own = workos_with("WORKOS_API_URL", Some("http://127.0.0.1:4100"));
    let Auth::WorkOs(own) = own.unwrap().auth else { panic!("WorkOS") };
    assert!(own.url.is_some());
}

#[test]
fn an_incomplete_workos_configuration_blocks_and_names_the_missing_variables() {
    for name in [
        "WORKOS_CLIENT_ID",
        "WORKOS_API_KEY",
        "WORKOS_COOKIE_PASSWORD",
        "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
    ] {
        let Auth::Blocked(missing) = workos_with(name, None).unwrap().auth else {
            panic!("{name}")
        };
        assert_eq!(missing, [name]);
    }
    let Auth::Blocked(missing) = read(&WORKOS[..1]).unwrap().auth else { panic!("blocked") };
    assert_eq!(missing.len(), 4);
}

#[test]
fn invalid_workos_settings_are_errors() {
    for (name, wrong) in [
        ("COVIBE_AUTH_MODE", "workOS"),
        ("WORKOS_CLIENT_ID", "client/1"),
        ("WORKOS_COOKIE_PASSWORD", "hunter2"),
        ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "https://covibe.acme.dev/callback/"),
        ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "https://other.example/callback"),
        ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "http://covibe.acme.dev/callback"),
        ("WORKOS_API_URL", "http://api.workos.com"),
        ("COVIBE_WORKOS_IMPERSONATION", "yes"),
    ] {
        let told = workos_with(name, Some(wrong)).unwrap_err().to_string();
        assert!(told.contains(name) && !told.contains("hunter2"), "{wrong}: {told}");
    }
    // Missing variables beside it do not turn a mistake into a block.
    let short = [("COVIBE_AUTH_MODE", "workos"), ("WORKOS_COOKIE_PASSWORD", "hunter2")];
    assert!(read(&short).is_err());
    let told = workos_with("VIBN_SECRETS_KEY", None).unwrap_err().to_string();
    assert!(told.contains("VIBN_SECRETS_KEY: required"), "{told}");
}

#[test]
fn reads_connection_limits_and_rejects_invalid_ones() {
    let config = read(&[
        ("COVIBE_MAX_CONNECTIONS", "100"),
        ("COVIBE_MAX_CONNECTIONS_PER_ADDRESS", "16"),
        ("COVIBE_TRUSTED_PROXIES", "10.0.0.7, 192.168.0.0/16,fd00::/8"),
        ("COVIBE_KEEP_ALIVE_SECONDS", "3600"),
        ("COVIBE_DRAIN_SECONDS", "60"),
        ("COVIBE_DATABASE_WAIT_SECONDS", "0"),
        ("COVIBE_CONTAINER_WATCH_SECONDS", "3600"),
        ("COVIBE_METRICS_BIND", "[::1]:9187"),
        ("COVIBE_METRICS_HOSTS", "metrics.example.com, covibe.internal"),
    ]);
    let config = config.unwrap();
    assert_eq!((config.drain, config.database_wait), (Duration::from_mins(1), Duration::ZERO));
    assert_eq!(config.container_watch, Some(Duration::from_hours(1)));
    assert_eq!(config.metrics_bind, "[::1]:9187".parse().ok());
    assert_eq!(config.metrics_hosts, ["metrics.example.com", "covibe.internal"]);
    assert_eq!(read(&[]).unwrap().metrics_bind, None);
    let limits = config.connections;
    assert_eq!((limits.connections, limits.per_address, limits.idle.as_secs()), (100, 16, 3600));
    assert_eq!(limits.proxies, Proxies::new(["10.0.0.7", "192.168.0.0/16", "fd00::/8"]).unwrap());
    for (name, wrong) in [
        ("COVIBE_MAX_CONNECTIONS", "15"),
        ("COVIBE_MAX_CONNECTIONS_PER_ADDRESS", "1000001"),
        ("COVIBE_MAX_CONNECTIONS", "many"),
        ("COVIBE_KEEP_ALIVE_SECONDS", "0"),
        ("COVIBE_DRAIN_SECONDS", "61"),
        ("COVIBE_CONTAINER_WATCH_SECONDS", "0"),
        ("COVIBE_METRICS_BIND", "9187"),
        ("COVIBE_METRICS_HOSTS", "metrics.example.com:9187"),
        ("COVIBE_TRUSTED_PROXIES", "proxy.example"),
        ("COVIBE_TRUSTED_PROXIES", "10.0.0.0/40"),
    ] {
        let mistakes = read(&[(name, wrong)]).unwrap_err().to_string();
        assert!(mistakes.contains(&format!("{name}: expected")), "{mistakes}");
    }
}

#[test]
fn public_ports_must_be_an_unprivileged_range() {
    let ports = |text| read(&[("COVIBE_PUBLIC_PORTS", text)]).map(|config| config.public_ports);
    assert_eq!(ports("20000 - 20009").unwrap(), Some(20_000..=20_009));
    for wrong in ["20000", "80-90", "30000-20000", "20000-70000", "a-b", "-"] {
        assert!(ports(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_unreachable_public_origin_is_rejected_if_workos_is_used() {
    for (origin, word) in [
        ("https://10.0.0.1", "IP address"),
        ("https://localhost", "localhost"),
        ("https://covibe.internal", "reserved"),
        ("https://a1b2.ngrok-free.app", "tunnel"),
        ("http://covibe.acme.dev", "not https"),
        ("https://covibe.acme.dev/callback", "callback"),
    ] {
        let mistakes = workos_with("COVIBE_HOSTED_URL", Some(origin)).unwrap_err().to_string();
        let line = mistakes.lines().find(|line| line.contains("COVIBE_HOSTED_URL:")).unwrap();
        assert!(line.contains(word), "{origin}: {line}");
    }
}

#[test]
fn reports_every_mistake_without_its_value() {
    let mistakes = read(&[
        ("COVIBE_BIND", "nowhere"),
        ("COVIBE_DATABASE_BACKEND", "postgres"),
        ("VIBN_SECRETS_KEY", "hunter2"),
        ("COVIBE_HOSTED_URL", "https://user:hunter3@host/callback"),
        ("COOLIFY_API_URL", "https://coolify.example"),
        ("COOLIFY_SERVER_UUID", "?"),
        ("GITEA_API_URL", "git.example"),
        ("COVIBE_LOG_FORMAT", "xml"),
    ])
    .unwrap_err()
    .to_string();
    for name in [
        "COVIBE_BIND",
        "DATABASE_URL",
        "VIBN_SECRETS_KEY",
        "COVIBE_HOSTED_URL",
        "COOLIFY_API_TOKEN",
        "COOLIFY_SERVER_UUID",
        "GITEA_API_URL",
        "COVIBE_LOG_FORMAT",
    ] {
        assert!(mistakes.contains(&format!("\n  {name}:")), "{name}: {mistakes}");
    }
    assert!(!mistakes.contains("hunter"), "{mistakes}");
}

#[test]
fn rejects_an_incomplete_upstream() {
    let mistakes = read(&[("COOLIFY_API_TOKEN", "hunter2")]).unwrap_err().to_string();
    assert!(mistakes.contains("COOLIFY_API_URL: required") && !mistakes.contains("hunter"));
    assert!(read(&[("GITEA_API_URL", "ftp://git.example")]).is_err());
}

#[test]
fn the_limit_of_coolify_calls_must_be_a_positive_number() {
    let with = |text| {
        let of = [("COOLIFY_API_URL", "http://coolify:8000"), ("COOLIFY_API_TOKEN", "t")];
        read(&[of[0], of[1], ("COOLIFY_MAX_CALLS_PER_MINUTE", text)])
    };
    let most = |text| with(text).unwrap().coolify.unwrap().most_per_minute;
    assert_eq!((most("120"), most("")), (Some(120), None));
    for text in ["0", "-1", "many", "1.5", "4294967296"] {
        let mistakes = with(text).unwrap_err().to_string();
        assert!(mistakes.contains("COOLIFY_MAX_CALLS_PER_MINUTE: expected"), "{mistakes}");
    }
    let alone = read(&[("COOLIFY_MAX_CALLS_PER_MINUTE", "120")]).unwrap_err().to_string();
    assert!(alone.contains("COOLIFY_API_URL: required"), "{alone}");
}

#[test]
fn rejects_malformed_gitea_addresses_and_ssh_hosts() {
    let with = |name, text| {
        let of = [("GITEA_API_URL", "http://gitea:3000"), ("GITEA_API_TOKEN", "t")];
        read(&[of[0], of[1], ("GITEA_USERNAME", "root"), (name, text)])
    };
    let config = with("GITEA_PUBLIC_URL", "https://git.example/").unwrap();
    assert!(config.gitea.unwrap().public_url.is_some());
    for text in ["git.example", "ftp://git.example", "https://a:b@git.example"] {
        let mistakes = with("GITEA_PUBLIC_URL", text).unwrap_err().to_string();
        assert!(mistakes.contains("GITEA_PUBLIC_URL: expected"), "{mistakes}");
    }
    assert!(with("GITEA_SSH_HOST", "git@git.example:2222").is_ok());
    for text in ["ssh://git.example", "git.example:ssh"] {
        assert!(with("GITEA_SSH_HOST", text).is_err(), "{text}");
    }
}

#[test]
fn reads_the_bot_role_and_rejects_unknown_ones() {
    let role = |text| read(&[("GITEA_BOT_ROLE", text)]).map(|config| config.bot_role);
    assert_eq!(role("maintainer").unwrap(), covibe_workspace::BotRole::Maintainer);
    let mistakes = role("admin").unwrap_err().to_string();
    assert!(mistakes.contains("GITEA_BOT_ROLE: expected owner or maintainer"), "{mistakes}");
}

#[test]
fn reads_the_kind_of_push_hooks_and_rejects_unknown_ones() {
    let hooks = |text| read(&[("GITEA_HOOK", text)]).map(|config| config.push_hooks);
    assert_eq!(hooks("system").unwrap(), covibe_workspace::PushHooks::System);
    assert_eq!(hooks("organization").unwrap(), covibe_workspace::PushHooks::Organization);
    let mistakes = hooks("repository").unwrap_err().to_string();
    assert!(mistakes.contains("GITEA_HOOK: expected organization or system"), "{mistakes}");
}

#[test]
fn postgres_requires_a_configured_secrets_key() {
    let url = ("DATABASE_URL", "postgres://runtime@localhost/covibe");
    let mistakes = read(&[("COVIBE_DATABASE_BACKEND", "postgres"), url]).unwrap_err();
    assert!(mistakes.to_string().contains("VIBN_SECRETS_KEY: required"));
}

#[test]
fn dns_is_configured_by_a_cloud_project_or_an_update_server() {
    let server = [
        ("COVIBE_DNS_UPDATE_SERVER", "192.0.2.1:53"),
        ("COVIBE_DNS_UPDATE_KEY_NAME", "covibe"),
        ("COVIBE_DNS_UPDATE_KEY", "MDEyMzQ1Njc4OWFiY2RlZg=="),
        ("COVIBE_DNS_NAMESERVERS", "ns1.example.net., NS2.example.net"),
    ];
    let dns = read(&server).unwrap().dns;
    let names: Vec<_> = dns.update.unwrap().nameservers.iter().map(ToString::to_string).collect();
    assert_eq!(
        (names, dns.cloud.is_none()),
        (vec!["ns1.example.net".into(), "ns2.example.net".into()], true)
    );
    for missing in 0..server.len() {
        let mut some = server.to_vec();
        let (name, _) = some.remove(missing);
        let mistakes = read(&some).unwrap_err().to_string();
        assert!(mistakes.contains(&format!("\n  {name}: ")), "{mistakes}");
    }
    let cloud = [
        ("COVIBE_CLOUD_DNS_PROJECT", "covibe-zones"),
        ("COVIBE_INGRESS_ADDRESSES", "203.0.113.7, 2001:db8::7"),
    ];
    let dns = read(&cloud).unwrap().dns;
    assert!(dns.cloud.is_some_and(|cloud| cloud.key_file.is_none()));
    assert_eq!(dns.ingress.len(), 2);
    for (name, wrong) in [
        ("COVIBE_CLOUD_DNS_PROJECT", "Zones"),
        ("COVIBE_CLOUD_DNS_API_URL", "http://dns.example"),
        ("COVIBE_DNS_UPDATE_SERVER", "ns1.example.net"),
        ("COVIBE_DNS_UPDATE_KEY", "hunter2"),
        ("COVIBE_DNS_NAMESERVERS", "ns1.example.net"),
        ("COVIBE_INGRESS_ADDRESSES", "127.0.0.1"),
        ("COVIBE_INGRESS_ADDRESSES", "203.0.113.7,apps.example"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/google.json"),
    ] {
        let all = server.iter().chain(&cloud).copied().filter(|(other, _)| *other != name);
        let all: Vec<_> = all.chain([(name, wrong)]).collect();
        let mistakes = read(&all).unwrap_err().to_string();
        assert!(mistakes.contains(&format!("\n  {name}: ")), "{name} {wrong}: {mistakes}");
        assert!(!mistakes.contains("hunter"), "{mistakes}");
    }
}

#[test]
fn object_storage_requires_a_project_and_has_default_locations() {
    assert!(read(&[]).unwrap().storage.is_none());
    let project = ("COVIBE_STORAGE_PROJECT", "covibe-buckets");
    let storage = |others: &[_]| {
        let all: Vec<_> = others.iter().copied().chain([project]).collect();
        read(&all).unwrap().storage.unwrap()
    };
    let usual = storage(&[]);
    assert_eq!((&*usual.project, &*usual.location), ("covibe-buckets", "NORTHAMERICA-NORTHEAST1"));
    assert!(usual.url.is_none() && usual.iam_url.is_none() && usual.key_file.is_none());
    assert_eq!(usual.buckets_per_tenant, None);
    let others = [
        ("COVIBE_STORAGE_LOCATION", "europe-west6"),
        ("COVIBE_STORAGE_API_URL", "https://storage.example"),
        ("COVIBE_STORAGE_IAM_API_URL", "http://127.0.0.1:4443"),
        ("COVIBE_STORAGE_BUCKETS_PER_TENANT", "3"),
    ];
    let other = storage(&others);
    assert_eq!((&*other.location, other.buckets_per_tenant), ("EUROPE-WEST6", Some(3)));
    assert!(other.url.is_some() && other.iam_url.is_some());
    for (name, wrong) in [
        ("COVIBE_STORAGE_PROJECT", "Buckets"),
        ("COVIBE_STORAGE_LOCATION", "Montréal"),
        ("COVIBE_STORAGE_API_URL", "http://storage.example"),
        ("COVIBE_STORAGE_API_URL", "https://user:hunter2@storage.example"),
        ("COVIBE_STORAGE_IAM_API_URL", "iam.example"),
        ("COVIBE_STORAGE_BUCKETS_PER_TENANT", "0"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/google.json"),
    ] {
        let all: Vec<_> = [project].into_iter().filter(|(set, _)| *set != name).collect();
        let all: Vec<_> = all.into_iter().chain([(name, wrong)]).collect();
        let mistakes = read(&all).unwrap_err().to_string();
        assert!(mistakes.contains(&format!("\n  {name}: ")), "{name} {wrong}: {mistakes}");
        assert!(!mistakes.contains("hunter"), "{mistakes}");
    }
    for (name, value) in others {
        let alone = read(&[(name, value)]).unwrap_err().to_string();
        let expected = "\n  COVIBE_STORAGE_PROJECT: required";
        assert!(alone.contains(expected) && alone.contains(name), "{name}: {alone}");
    }
}

#[test]
fn an_audit_export_requires_a_retention() {
    let export = ("COVIBE_AUDIT_EXPORT_DIR", "exports");
    let mistakes = read(&[export]).unwrap_err().to_string();
    assert!(mistakes.contains("COVIBE_AUDIT_DAYS: required"), "{mistakes}");
    let retention = read(&[export, ("COVIBE_AUDIT_DAYS", "365")]).unwrap().retention;
    assert_eq!(retention.export, Some(covibe_store::ExportFolder::new("exports")));
}
