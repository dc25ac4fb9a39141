//! Amazon's SDKs for Python and JavaScript use a bucket with nothing but the variables of an app.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Project, folders, installation};
use crate::current_directory_and_migrate::err;
use crate::operator_commands::Operator;

/// The interpreters of the SDKs.
const PYTHON: &str = "s3/bin/python";
const NODE: &str = "node_modules/@aws-sdk/client-s3";

/// The variable that newer SDKs need because Cloud Storage does not know their checksums.
const CHECKSUMS: &str = "AWS_REQUEST_CHECKSUM_CALCULATION";

type Variables = BTreeMap<String, String>;

/// Runs a program of each SDK with these variables, and returns what they print.
fn run_sdks(project: &Project, variables: &Variables, prefix: &str) -> Vec<Value> {
    let python = ("s3/bin/python", include_str!("s3.py"));
    let node = ("node --input-type=module", include_str!("s3.mjs"));
    let told = |(interpreter, source): (&str, &str)| {
        let file = project.folder().join("client");
        std::fs::write(&file, source).expect("a file");
        // Modules are looked up in the folder where Node.js starts if their source is standard input.
        let script = format!("cd \"$CLIENTS\" && {interpreter} < '{}'", file.display());
        let mut command = project.script(&script, "");
        command.envs(variables).env("PREFIX", prefix);
        let told = tokio::task::block_in_place(|| command.output().expect("it starts"));
        serde_json::from_slice(&told.stdout).unwrap_or_else(|_| panic!("{interpreter}: {told:?}"))
    };
    [python, node].map(told).to_vec()
}

/// Makes an app, gives it the workspace's bucket, and returns its variables.
async fn inject_storage(project: &Project, prefix: &str) -> Variables {
    let agent = project.server.agent(&project.world.mark);
    let done = async |tool: &str, params: Value| {
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
    };
    done("storage.provision", json!({})).await;
    let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let uuid = done("apps.create", app).await["uuid"].clone();
    let told = done("storage.inject_env", json!({ "uuid": uuid, "prefix": prefix })).await;
    let uuid = uuid.as_str().expect("a text");
    let mut variables = project.world.app_variables("applications", uuid).await;
    // Exactly what the answer names: the SDKs get nothing that was set in another way.
    let written = told["written"].to_string();
    variables.retain(|name, _| written.contains(&format!("\"{name}\"")));
    variables
}

/// The output of an SDK that wrote, read, listed and deleted an object.
fn expected_output() -> Value {
    json!({ "body": "hello", "listed": true, "left": 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_s3_sdks_use_a_provisioned_bucket() {
    let Some(project) = Project::with(&[PYTHON, NODE]).await else { return };
    let variables = inject_storage(&project, "STORAGE_").await;
    // The key is known everywhere.
    project.world.cloud.advance(Duration::from_secs(5));
    assert_eq!(run_sdks(&project, &variables, "STORAGE_"), [expected_output(), expected_output()]);
    let without = |name: &str| {
        let rest = variables.iter().filter(|(known, _)| *known != name);
        rest.map(|(name, value)| (name.clone(), value.clone())).collect::<Variables>()
    };
    let refused = json!({ "refused": "SignatureDoesNotMatch" });
    assert_eq!(
        run_sdks(&project, &without(CHECKSUMS), "STORAGE_"),
        [refused.clone(), refused.clone()]
    );
    let wrong = ("STORAGE_SECRET_ACCESS_KEY".to_owned(), "wrong".to_owned());
    let wrong = variables.into_iter().chain([wrong]).collect();
    assert_eq!(run_sdks(&project, &wrong, "STORAGE_"), [refused.clone(), refused]);
}

/// An S3 server by somebody else, which checks signatures.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    /// Starts one whose first four requests are not checked.
    fn start(project: &Project) -> Self {
        let program = PathBuf::from(installation().expect("a folder")).join("s3/bin/moto_server");
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).current_dir(project.folder()).env_clear();
        command.env("PATH", std::env::join_paths(folders()).expect("a path"));
        command.env("INITIAL_NO_AUTH_ACTION_COUNT", "4").stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        let url = loop {
            let line = lines.next().expect("where it serves").expect("a line");
            if let Some((_, url)) = line.split_once("Running on ") {
                break url.trim().to_owned();
            }
        };
        // It must not stop at a full pipe.
        std::thread::spawn(move || lines.count());
        Self { process, url }
    }

    /// Makes a bucket, and returns the id and the secret of a key that may use nothing else.
    fn key_of(&self, project: &Project, bucket: &str) -> (String, String) {
        let file = project.folder().join("moto.py");
        std::fs::write(&file, include_str!("moto.py")).expect("a file");
        let script = format!("\"$CLIENTS/{PYTHON}\" '{}' {} {bucket}", file.display(), self.url);
        let made = project.shell(&script, "");
        let key: Value =
            serde_json::from_slice(&made.stdout).unwrap_or_else(|_| panic!("{made:?}"));
        let text = |name: &str| key[name].as_str().expect("a text").to_owned();
        (text("id"), text("secret"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Gives mark's workspace a bucket of this server, by the operator's command.
fn give_storage(
    project: &Project,
    moto: &Moto,
    bucket: &str,
    (id, secret): (&str, &str),
) -> Result<(), String> {
    let give = ["tenant", "give-storage", "--workspace", "mark", "--endpoint", &moto.url];
    let which = ["--bucket", bucket, "--access-key-id", id];
    let told = Operator::in_world(&project.world).run_with(&[&give[..], &which].concat(), secret);
    if told.status.success() { Ok(()) } else { Err(err(&told)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_s3_sdks_use_a_bucket_assigned_by_the_operator() {
    let Some(project) = Project::with(&[PYTHON, NODE]).await else { return };
    let moto = Moto::start(&project);
    let (id, secret) = moto.key_of(&project, "given");
    let refused = give_storage(&project, &moto, "given", (&id, "wrong"));
    assert!(refused.is_err_and(|text| text.contains("refuses the key")));
    let missing = give_storage(&project, &moto, "missing", (&id, &secret));
    assert!(missing.is_err());
    give_storage(&project, &moto, "given", (&id, &secret)).expect("a bucket");
    let variables = inject_storage(&project, "S3_").await;
    assert_eq!(variables["S3_ENDPOINT"], moto.url);
    assert_eq!(run_sdks(&project, &variables, "S3_"), [expected_output(), expected_output()]);
    let wrong = ("S3_SECRET_ACCESS_KEY".to_owned(), "wrong".to_owned());
    let refused = json!({ "refused": "SignatureDoesNotMatch" });
    let wrong = variables.into_iter().chain([wrong]).collect();
    assert_eq!(run_sdks(&project, &wrong, "S3_"), [refused.clone(), refused]);
}
