//! Every failure of apps and deployments carries the next call to make.

use covibe_sandbox::faults::{Fault, Name};

use super::*;
use crate::support::{Estate, samples};

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_has_one() {
    // Waiting for an upstream that asks for patience is cut short.
    let mut options = Options { deadline: Duration::from_millis(1500), ..Options::default() };
    options.attempt = Duration::from_millis(500);
    let stage = Stage::with(options).await;
    let estate = Estate::of(&stage.world, &stage.world.mark, "a").await;
    let registry = stage.world.dispatcher.registry();
    let mut failed = 0;
    for tool in registry
        .tools()
        .filter(|it| it.spec.name.contains("app") || it.spec.name.contains("deployments"))
    {
        let good = samples::params(tool, &estate, "never-made");
        let mut tries = vec![("unknown", with(&good, "zzUnheardOf", json!(1)), None)];
        for (name, _) in tool.input["properties"].as_object().into_iter().flatten() {
            tries.push(("a type", with(&good, name, json!([[]])), None));
        }
        if samples::id_parameter(tool).is_some() {
            tries.push((
                "absent",
                samples::params_with_id(tool, &estate, samples::absent(tool)),
                None,
            ));
        }
        for fault in [Name::Status, Name::Limited, Name::DropBefore, Name::Malformed] {
            tries.push(("trouble", good.clone(), Some(Fault::new(fault).times(1_000))));
        }
        for (why, params, fault) in tries {
            let what = format!("{}, {why}: {params} {fault:?}", tool.spec.name);
            if let Some(fault) = fault {
                stage.world.coolify.arm(fault);
            }
            let told = Via::Tool.call(stage.agent(), tool, &params).await;
            stage.world.coolify.disarm();
            if told.outcome.is_err() {
                failed += 1;
                let failure = told.failure();
                assert!(
                    failure["hint"].as_str().is_some_and(|hint| hint.len() > 10),
                    "{what}: {failure}"
                );
            }
        }
    }
    assert!(failed > 50, "{failed}");
}

fn with(params: &Value, name: &str, value: Value) -> Value {
    let mut params = params.clone();
    params[name] = value;
    params
}
