//! The script of the nightly backup, which `deploy/systemd` runs.

use std::path::Path;
use std::process::{Command, Output};

use covibe_testkit_http::World;

use crate::current_directory_and_migrate::{err, out};
use crate::server_binary;

/// The script with the folder of its backups, and the variables of a server.
struct Script<'a> {
    world: &'a World,
    folder: &'a Path,
}

impl Script<'_> {
    /// Runs it with these arguments and further variables.
    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/backup.sh");
        let mut command = Command::new("sh");
        command.arg(script).args(arguments).env_clear().envs(self.world.variables());
        command.env("PATH", std::env::var_os("PATH").expect("a path"));
        command.env("COVIBE_SERVER", server_binary::path()).env("COVIBE_BACKUP_DIR", self.folder);
        command.envs(variables.iter().copied()).current_dir(self.folder);
        tokio::task::block_in_place(|| command.output().expect("a shell"))
    }

    /// Returns the names of the backups.
    fn backups(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        entries.map(|entry| name(entry).into_string().expect("a name")).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_replaces_the_oldest_only_after_it_is_verified() {
    let world = World::embedded().await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script { world: &world, folder: folder.path() };
    let none = script.run(&["age"], &[]);
    assert!(!none.status.success() && err(&none).contains("there is no backup"), "{none:?}");
    let kept = ("COVIBE_BACKUPS_KEPT", "1");
    let first = script.run(&["run"], &[kept]);
    assert!(first.status.success(), "{first:?}");
    let [made] = &script.backups()[..] else { panic!("{first:?}") };
    let old = folder.path().join("covibe-20200101-000000");
    std::fs::rename(folder.path().join(made), &old).expect("another name");

    let broken = script.run(&["run"], &[kept, ("COVIBE_SERVER", "false")]);
    assert!(!broken.status.success());
    let uncopied = script.run(&["run"], &[kept, ("COVIBE_BACKUP_COPY", "false")]);
    assert!(!uncopied.status.success());
    assert!(old.is_dir(), "a backup that failed removes none");
    // The next one may have the same name, which is that of its second.
    for left in script.backups().into_iter().filter(|name| !old.ends_with(name)) {
        std::fs::remove_dir_all(folder.path().join(left)).expect("it goes");
    }
    let second = script.run(&["run"], &[kept, ("COVIBE_BACKUP_COPY", "echo copied")]);
    assert!(second.status.success() && out(&second).contains("copied"), "{second:?}");
    assert!(!old.exists(), "the oldest is removed: {:?}", script.backups());
    assert_eq!(script.backups().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_too_old_is_reported() {
    let world = World::embedded().await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script { world: &world, folder: folder.path() };
    assert!(script.run(&["run"], &[]).status.success());
    let fresh = script.run(&["age"], &[]);
    assert!(fresh.status.success() && out(&fresh).contains("is the last backup"), "{fresh:?}");
    let manifest = folder.path().join(&script.backups()[0]).join("manifest.json");
    let touched = Command::new("touch").args(["-d", "2 days ago"]).arg(&manifest).status();
    assert!(touched.expect("touch").success());
    let old = script.run(&["age"], &[]);
    assert!(!old.status.success() && err(&old).contains("older than 30 hours"), "{old:?}");
    let told = script.run(&["alert", "covibe-backup"], &[("COVIBE_ALERT_COMMAND", "echo told")]);
    assert_eq!(out(&told), "told covibe-backup\n", "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_count_below_one_is_refused() {
    let world = World::embedded().await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script { world: &world, folder: folder.path() };
    for wrong in ["0", "-1", "many", ""] {
        let refused = script.run(&["run"], &[("COVIBE_BACKUPS_KEPT", wrong)]);
        let is_default = wrong.is_empty();
        assert_eq!(refused.status.success(), is_default, "{wrong}: {refused:?}");
    }
    assert!(!script.run(&["ran"], &[]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_operator_get_no_secrets_of_the_server() {
    let world = World::embedded().await;
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script { world: &world, folder: folder.path() };
    let further = [("HOME", "/home/covibe"), ("RCLONE_TOKEN", "hunter2")];
    let copy = [&further[..], &[("COVIBE_BACKUP_COPY", "REGION=ca sh -c env")]].concat();
    let copied = script.run(&["run"], &copy);
    assert!(copied.status.success(), "{copied:?}");
    let url = ("COVIBE_POSTGRES_BACKUP_URL", "postgres://backup:hunter2@localhost/covibe");
    let alert = [&further[..], &[("COVIBE_ALERT_COMMAND", "REGION=ca sh -c env"), url]].concat();
    let told = script.run(&["alert", "covibe-backup"], &alert);
    assert!(told.status.success(), "{told:?}");
    for output in [&copied, &told] {
        let text = out(output);
        let printed = |line: &str| text.lines().any(|each| each == line);
        assert!(printed("HOME=/home/covibe") && printed("REGION=ca"), "{text}");
        let is_foreign = |line: &str| {
            ["COOLIFY_", "COVIBE_", "GITEA_", "RCLONE_", "VIBN_"]
                .iter()
                .any(|it| line.starts_with(it))
        };
        assert!(!text.lines().any(is_foreign) && !text.contains("hunter2"), "{text}");
    }
}
