//! The engine's information about itself.

use serde_json::{Value, json};

use super::super::model::{Engine, Phase};
use crate::coolify::CPUS;

/// The version of the engine.
pub(in crate::docker) const ENGINE: &str = "25.0.7";
/// The newest version of the API that it serves.
pub(in crate::docker) const API: &str = "1.44";
/// The oldest one.
pub(in crate::docker) const OLDEST_API: &str = "1.24";

pub(in crate::docker) fn show() -> Value {
    let (engine, api, oldest) = (ENGINE, API, OLDEST_API);
    json!({
        "Platform": { "Name": "Docker Engine - Community" },
        "Components": [{ "Name": "Engine", "Version": engine, "Details": {
            "ApiVersion": api, "Arch": "amd64", "MinAPIVersion": oldest, "Os": "linux" } }],
        "Version": engine, "ApiVersion": api, "MinAPIVersion": oldest, "GitCommit": "0000000",
        "GoVersion": "go1.21.13", "Os": "linux", "Arch": "amd64", "KernelVersion": "6.1.0-sandbox",
        "BuildTime": "2024-11-18T00:00:00.000000000+00:00",
    })
}

pub(in crate::docker) fn info(engine: &Engine) -> Value {
    let count = |phase: Phase| engine.containers.iter().filter(|one| one.phase() == phase).count();
    let (running, paused) = (count(Phase::Running), count(Phase::Paused));
    let all = engine.containers.len();
    json!({
        "ID": "00000000-0000-4000-8000-000000000000", "Containers": all, "ContainersRunning": running,
        "ContainersPaused": paused, "ContainersStopped": all - running - paused, "Images": 0,
        "Driver": "overlay2", "MemoryLimit": true, "SwapLimit": true, "NCPU": CPUS,
        "MemTotal": 4_294_967_296_u64, "KernelVersion": "6.1.0-sandbox", "OSType": "linux",
        "OperatingSystem": "Co-Vibe sandbox", "Architecture": "x86_64", "Name": "sandbox",
        "ServerVersion": ENGINE, "DockerRootDir": "/var/lib/docker", "Labels": [],
        "LoggingDriver": "json-file", "CgroupDriver": "systemd", "CgroupVersion": "2",
    })
}
