//! Answers that are not from OpenSRS, or are meant to harm.

use covibe_registrar::{Availability, CallError, Cause, Effect, Error};
use covibe_sandbox::opensrs::TroubleKind;

use crate::simulated_opensrs::{World, registration};

fn envelope(attributes: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE OPS_envelope SYSTEM 'ops.dtd'>\
         <OPS_envelope><header><version>0.9</version></header><body><data_block><dt_assoc>\
         <item key='protocol'>XCP</item><item key='action'>REPLY</item>\
         <item key='object'>DOMAIN</item><item key='is_success'>1</item>\
         <item key='response_code'>210</item><item key='response_text'>ok</item>\
         <item key='attributes'>{attributes}</item></dt_assoc></data_block></body></OPS_envelope>"
    )
}

async fn looked_up(world: &World, body: impl Into<Vec<u8>>) -> Result<Availability, Cause> {
    world.trouble("lookup", TroubleKind::Bytes(body.into()));
    match world.client.lookup("new.com", true).await {
        Ok(found) => Ok(found.state),
        Err(Error::Call(CallError { cause, effect, .. })) => {
            assert_eq!(effect, Effect::None);
            Err(cause)
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn malicious_oversized_and_mistaken_answers_are_refused() {
    let world = World::new().await;
    let good = envelope("<dt_assoc/>");
    assert_eq!(looked_up(&world, good.as_str()).await, Ok(Availability::Free));
    let bomb = good.replace(
        "SYSTEM 'ops.dtd'",
        "[<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]",
    );
    let file = good.replace("SYSTEM 'ops.dtd'", "[<!ENTITY a SYSTEM 'file:///etc/hostname'>]");
    let deep = "<dt_assoc><item key='a'>".repeat(20_000) + &"</item></dt_assoc>".repeat(20_000);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bad: [Vec<u8>; 14] = [
        bomb.replace("ok", "&b;").into(),
        file.replace("ok", "&a;").into(),
        envelope(&deep).into(),
        good.replace("UTF-8", "ISO-8859-1").into(),
        [good.replace("ok", "").as_bytes(), b"\xff"].concat(),
        good.clone().into_bytes().iter().map(|b| if *b == b'k' { 0xe9 } else { *b }).collect(),
        utf16,
        good[..good.len() - 1].into(),
        format!("{good}{good}").into(),
        good.replace("REPLY", "LOOKUP").into(),
        good.replace("XCP", "PCX").into(),
        good.replace("210", "two").into(),
        "<html><body>Bad gateway</body></html>".into(),
        Vec::new(),
    ];
    for (at, body) in bad.into_iter().enumerate() {
        assert_eq!(looked_up(&world, body).await, Err(Cause::Malformed), "{at}");
    }
    let huge =
        envelope(&format!("<dt_assoc><item key='a'>{}</item></dt_assoc>", "a".repeat(3 << 20)));
    assert_eq!(looked_up(&world, huge).await, Err(Cause::TooLarge));
    let other = envelope("<dt_assoc><item key='domain'>other.com</item></dt_assoc>");
    assert_eq!(looked_up(&world, other).await, Err(Cause::Mistaken));
    // The next command works.
    assert!(world.client.lookup("new.com", true).await.is_ok());
}

#[tokio::test]
async fn a_purchase_with_an_unreadable_answer_is_reported_as_possibly_made() {
    let world = World::new().await;
    let without_id = envelope("<dt_assoc/>").replace("210", "200");
    let bad_code = without_id
        .replace("<dt_assoc/>", "<dt_assoc><item key='registration_code'>x</item></dt_assoc>");
    let bad_id =
        without_id.replace("<dt_assoc/>", "<dt_assoc><item key='id'>../../1</item></dt_assoc>");
    for body in ["<html/>".to_owned(), without_id, bad_code, bad_id] {
        world.trouble("sw_register", TroubleKind::Bytes(body.into_bytes()));
        let error = world.client.register(&registration("new.com")).await.unwrap_err();
        assert!(matches!(&error, Error::Call(call) if call.cause == Cause::Malformed), "{error}");
        assert_eq!(error.effect(), Effect::Possible);
    }
}

#[tokio::test]
async fn a_success_with_a_failing_registration_code_is_an_error() {
    let world = World::new().await;
    let inner =
        "<dt_assoc><item key='id'>7</item><item key='registration_code'>440</item></dt_assoc>";
    let body = envelope(inner).replace("210", "200");
    world.trouble("sw_register", TroubleKind::Bytes(body.into_bytes()));
    let error = world.client.register(&registration("new.com")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenSRS: sw_register: the account's balance does not suffice (code 440)"
    );
    // There is an order, and its outcome is unknown.
    assert_eq!(error.effect(), Effect::Possible);
}
