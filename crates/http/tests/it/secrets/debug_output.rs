//! The `Debug` output of the types that contain secrets.

use std::fmt::{Debug, Write as _};

use covibe_coolify as coolify;
use covibe_gitea as gitea;
use covibe_identity::KeyRequest;
use covibe_testkit_http::{Member, Process, Secrets, World};

/// Returns the output. Secrets that are created here to be shown are added.
pub(super) async fn debug_output(
    world: &World,
    process: &Process,
    secrets: &mut Secrets,
) -> String {
    let mut text = String::new();
    let mut show = |value: &dyn Debug| writeln!(text, "{value:?} {value:#?}").expect("a text");
    show(&process.dispatcher);
    show(&process.platform);
    show(&process.identity);
    show(&process.store);
    let mark = &world.mark;
    let record = world.read_workspace(&mark.record).await.expect("the record");
    for sealed in [&record.gitea_bot_token, &record.gitea_clone_token] {
        secrets.add("a sealed token", sealed.as_deref().expect("a token"));
    }
    show(&record);
    show(&caller(process, mark).await);
    let minted = world.identity.mint_first(&record.tenant, &record.id, KeyRequest::default()).await;
    let minted = minted.expect("a key");
    secrets.add("a minted key", minted.token.expose());
    show(&minted);
    let pair = covibe_crypto::keypair("mark-bot").expect("a pair");
    secrets.add("a private key", pair.private.expose());
    show(&pair);
    show(&covibe_crypto::SecretBox::from_config(world.secrets_key()).expect("a key"));
    show(&covibe_domain::Revealed::new(minted.token));
    show(world.location());
    of_coolify(world, &mut show).await;
    of_gitea(world, &mut show).await;
    text
}

async fn caller(process: &Process, member: &Member) -> impl Debug + use<> {
    let key = member.agent.key.as_ref().expect("a key").expose();
    let header = format!("Bearer {key}");
    process.dispatcher.authenticate(Some(&header)).await.expect("a caller")
}

async fn of_coolify(world: &World, show: &mut impl FnMut(&dyn Debug)) {
    let at = world.coolify.url.parse().expect("a URL");
    let config = coolify::Config::new(at, world.coolify.token.clone());
    show(&config);
    let client = coolify::Client::new(config).expect("a client");
    show(&client);
    let projects = client.projects().await.expect("a list");
    let mut applications = Vec::new();
    for project in projects {
        let contents = client.contents(&project.uuid, &["production".to_owned()]).await;
        let contents = contents.expect("contents");
        show(&contents);
        applications.extend(contents.applications.clone());
    }
    for application in &applications {
        show(&client.application(&application.uuid).await.expect("an application"));
        show(&client.envs(&application.uuid).await.expect("variables"));
    }
    for database in client.all_databases().await.expect("a list") {
        show(&client.database(&database.uuid).await.expect("a database"));
    }
    show(&client.private_keys().await.expect("a list"));
}

async fn of_gitea(world: &World, show: &mut impl FnMut(&dyn Debug)) {
    let at = world.gitea.url.parse().expect("a URL");
    let config = gitea::Config::new(at, "root", world.gitea.token.clone());
    show(&config);
    let client = gitea::Client::new(config).expect("a client");
    show(&client);
    show(&client.tokens_by_administrator("mark-bot").all().await.expect("a list"));
    show(&client.keys("mark-bot").await.expect("a list"));
    show(&client.user("mark-bot").await.expect("a user"));
}
