//! Images from scratch: no registry is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::client::Client;

/// An image with a shell and the usual tools, and the accounts `root` and `app` (1000).
pub(crate) const TOOLS: &str = "covibe-test/tools";

/// An image whose only program is `/sleeper`, which waits like `sleep`: it has no shell.
pub(crate) const BARE: &str = "covibe-test/bare";

/// Makes both images from a static busybox.
pub(crate) fn build(docker: &Client, folder: &Path, busybox: &Path) {
    let root = folder.join("tools");
    for part in ["bin", "etc", "tmp", "data"] {
        fs::create_dir_all(root.join(part)).expect("a folder");
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).expect("a mode");
    fs::write(root.join("etc/passwd"), "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
        .expect("a file");
    fs::write(root.join("etc/group"), "root:x:0:\napp:x:1000:\n").expect("a file");
    fs::copy(busybox, root.join("bin/busybox")).expect("a static busybox");
    let list = Command::new(busybox).arg("--list").output().expect("busybox runs");
    for applet in String::from_utf8_lossy(&list.stdout).lines().filter(|name| *name != "busybox") {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(applet)).expect("a link");
    }
    import(docker, &root, TOOLS);
    let bare = folder.join("bare");
    fs::create_dir_all(&bare).expect("a folder");
    fs::copy(busybox, bare.join("busybox")).expect("a static busybox");
    fs::write(bare.join("not-executable"), "text").expect("a file");
    import(docker, &bare, BARE);
}

fn import(docker: &Client, root: &Path, name: &str) {
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(root).args(["--owner=0", "--group=0", "-c", "."]).stdout(Stdio::piped());
    let mut tar = tar.spawn().expect("tar runs");
    let mut import = docker.command();
    import.args(["import", "--change", "ENV PATH=/bin", "-", name]);
    import.stdin(tar.stdout.take().expect("a pipe")).stdout(Stdio::null());
    assert!(import.status().expect("Docker's client runs").success(), "no image {name}");
    assert!(tar.wait().expect("a child").success(), "tar of {name}");
}
