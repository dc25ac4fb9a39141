//! Every failure of apps and deployments carries the next call to make.

use std::sync::Arc;

use covibe_dispatch::Tool;
use covibe_sandbox::faults::{Fault, Name};
use futures_util::future::join_all;

use super::*;
use crate::support::{Estate, parameter_samples};

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_app_and_deployment_tools_has_a_hint() {
    // Waiting for an upstream that asks for patience is cut short.
    let mut options = Options::default().with_deadline(Duration::from_millis(1500));
    options.attempt = Duration::from_millis(500);
    let stage = Stage::start_with(options).await;
    let estate = Estate::create(&stage.world, &stage.world.mark, "a").await;
    let registry = stage.world.dispatcher.registry();
    let mut failed = 0;
    let of_apps =
        |tool: &&Arc<Tool>| ["app", "deployments"].iter().any(|it| tool.spec.name.contains(it));
    let tools = || registry.tools().filter(of_apps);
    for tool in tools() {
        let good = parameter_samples::params(tool, &estate, "never-made");
        let mut tries = vec![("unknown", with_param(&good, "zzUnheardOf", json!(1)))];
        for (name, _) in tool.input["properties"].as_object().into_iter().flatten() {
            tries.push(("a type", with_param(&good, name, json!([[]]))));
        }
        if parameter_samples::id_parameter(tool).is_some() {
            let absent = parameter_samples::absent_id(tool);
            tries.push(("absent", parameter_samples::params_with_id(tool, &estate, absent)));
        }
        for (why, params) in tries {
            failed += try_with(&stage, tool, &params, why).await;
        }
    }
    for fault in [Name::Status, Name::Limited, Name::DropBefore, Name::Malformed] {
        stage.world.coolify.arm(Fault::new(fault).times(u32::MAX));
        let calls = tools().map(|tool| {
            let params = parameter_samples::params(tool, &estate, "never-made");
            let (stage, why) = (&stage, format!("{fault:?}"));
            async move { try_with(stage, tool, &params, &why).await }
        });
        failed += join_all(calls).await.into_iter().sum::<usize>();
        stage.world.coolify.disarm();
    }
    assert!(failed > 50, "{failed}");
}

/// Calls a tool; returns 1 if the call fails. The failure must have a hint.
async fn try_with(stage: &Stage, tool: &Tool, params: &Value, why: &str) -> usize {
    let told = CallStyle::Tool.call(stage.agent(), tool, params).await;
    if told.outcome.is_ok() {
        return 0;
    }
    let failure = told.failure();
    let has_hint = failure["hint"].as_str().is_some_and(|hint| hint.len() > 10);
    assert!(has_hint, "{}, {why}: {params}: {failure}", tool.spec.name);
    1
}

fn with_param(params: &Value, name: &str, value: Value) -> Value {
    let mut params = params.clone();
    params[name] = value;
    params
}
