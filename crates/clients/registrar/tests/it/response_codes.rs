//! Every response code, for a command that reads, one that buys and one that changes.

use covibe_domain::Failure;
use covibe_registrar::{Effect, Error, Reason};
use covibe_sandbox::opensrs::TroubleKind;

use crate::simulated_opensrs::{World, hosts, registration};

/// A code with its text, what it means for a purchase and for nameservers, and the status that callers of a
/// purchase get.
const CODES: [(u16, &str, Reason, Reason, u16); 43] = [
    (300, "Command rate exceeded", Reason::Throttled, Reason::Throttled, 503),
    (300, "Pending GDPR consent", Reason::Processing, Reason::Processing, 503),
    (310, "", Reason::Throttled, Reason::Throttled, 503),
    (350, "", Reason::Throttled, Reason::Throttled, 503),
    (400, "Internal error, please retry", Reason::Unclear, Reason::Unclear, 502),
    (400, "Access denied: invalid IP address", Reason::Account, Reason::Account, 503),
    (404, "", Reason::Unclear, Reason::Unclear, 502),
    (405, "", Reason::Unclear, Reason::Locked, 502),
    (410, "", Reason::Account, Reason::Account, 503),
    (415, "", Reason::Account, Reason::Account, 503),
    (420, "", Reason::Contact, Reason::Contact, 422),
    (430, "", Reason::Account, Reason::Account, 503),
    (435, "", Reason::Denied, Reason::Denied, 409),
    (
        435,
        "Nameserver validation failed",
        Reason::UnknownNameserver,
        Reason::UnknownNameserver,
        422,
    ),
    (436, "", Reason::Unclear, Reason::Unclear, 502),
    (437, "", Reason::Busy, Reason::Busy, 503),
    (440, "", Reason::Funds, Reason::Funds, 503),
    (445, "", Reason::Quota, Reason::Quota, 503),
    (447, "", Reason::Quota, Reason::Quota, 503),
    (460, "", Reason::Invalid, Reason::Invalid, 422),
    (465, "", Reason::Invalid, Reason::Invalid, 422),
    (470, "", Reason::Contact, Reason::Contact, 422),
    (480, "", Reason::Unknown, Reason::UnknownNameserver, 404),
    (486, "", Reason::Processing, Reason::Processing, 503),
    (487, "", Reason::NotNow, Reason::NotNow, 409),
    (541, "", Reason::Renewed, Reason::Renewed, 409),
    (552, "", Reason::NotNow, Reason::NotNow, 409),
    (555, "", Reason::Renewed, Reason::Renewed, 409),
    (557, "", Reason::NotNow, Reason::NotNow, 409),
    (599, "", Reason::Contact, Reason::Contact, 422),
    (701, "", Reason::Unserved, Reason::Unserved, 422),
    (702, "", Reason::Unclear, Reason::Unclear, 502),
    (703, "", Reason::Unclear, Reason::Unclear, 502),
    (704, "", Reason::Unclear, Reason::Unclear, 502),
    (705, "", Reason::Unclear, Reason::Unclear, 502),
    (720, "", Reason::Unclear, Reason::Unclear, 502),
    // Codes of other commands, and codes that nobody documents.
    (210, "", Reason::Unclear, Reason::Unclear, 502),
    (211, "", Reason::Unclear, Reason::Unclear, 502),
    (221, "", Reason::Unclear, Reason::Unclear, 502),
    (0, "", Reason::Unclear, Reason::Unclear, 502),
    (201, "", Reason::Unclear, Reason::Unclear, 502),
    (499, "", Reason::Unclear, Reason::Unclear, 502),
    (999, "", Reason::Unclear, Reason::Unclear, 502),
];

fn expected_failure(reason: Reason, reads: bool) -> (Option<Reason>, Effect) {
    let in_doubt = matches!(reason, Reason::Unclear | Reason::Processing) && !reads;
    (Some(reason), if in_doubt { Effect::Possible } else { Effect::None })
}

fn reason_and_effect(error: &Error) -> (Option<Reason>, Effect) {
    (error.reason(), error.effect())
}

#[tokio::test]
async fn each_response_code_has_the_expected_reason_and_effect_per_kind_of_command() {
    let world = World::with_domain("mine.com").await;
    let names = hosts(&["ns1.ns.test", "ns2.ns.test"]);
    for (code, text, bought, changed, status) in CODES {
        let arm = |action| world.trouble(action, TroubleKind::Code(code, text));
        arm("sw_register");
        let error = world.client.register(&registration("new.com")).await.unwrap_err();
        assert_eq!(reason_and_effect(&error), expected_failure(bought, false), "{code} {text}");
        assert_eq!(error.to_string(), format!("OpenSRS: sw_register: {bought} (code {code})"));
        let failure = Failure::from(error);
        assert_eq!(failure.kind.status(), status, "{code} {text}");
        assert_eq!(
            failure.in_doubt,
            expected_failure(bought, false).1 == Effect::Possible,
            "{code}"
        );
        assert!(failure.hint.is_some() && !failure.to_string().contains("balance"), "{code}");
        arm("advanced_update_nameservers");
        let error = world.client.set_nameservers("mine.com", &names).await.unwrap_err();
        assert_eq!(reason_and_effect(&error), expected_failure(changed, false), "{code} {text}");
        arm("get_balance");
        let error = world.client.balance().await.unwrap_err();
        assert_eq!(reason_and_effect(&error), expected_failure(bought, true), "{code} {text}");
    }
    let taken = TroubleKind::Code(485, "");
    world.trouble("sw_register", taken);
    let error = world.client.register(&registration("new.com")).await.unwrap_err();
    assert_eq!(reason_and_effect(&error), (Some(Reason::Taken), Effect::None));
    assert_eq!(Failure::from(error).kind.status(), 409);
}

#[tokio::test]
async fn setting_present_nameservers_succeeds_only_if_all_match() {
    let world = World::with_domain("mine.com").await;
    let names = hosts(&["ns1.ns.test", "ns2.ns.test"]);
    world.trouble("advanced_update_nameservers", TroubleKind::Code(485, ""));
    let error = world.client.set_nameservers("mine.com", &names).await.unwrap_err();
    assert_eq!(reason_and_effect(&error), (Some(Reason::MappedNameserver), Effect::None));
    assert_eq!(Failure::from(error).kind.status(), 409);
    world.client.set_nameservers("mine.com", &names).await.unwrap();
    world.trouble("advanced_update_nameservers", TroubleKind::Code(485, ""));
    let other_order = hosts(&["NS2.ns.test.", "ns1.ns.test"]);
    assert_eq!(world.client.set_nameservers("mine.com", &other_order).await, Ok(true));
}

#[tokio::test]
async fn no_command_is_repeated_because_of_a_response_code() {
    let world = World::with_domain("mine.com").await;
    world.trouble("sw_register", TroubleKind::Code(300, ""));
    world.trouble("lookup", TroubleKind::Code(310, ""));
    world.client.register(&registration("new.com")).await.unwrap_err();
    world.client.lookup("new.com", true).await.unwrap_err();
    assert_eq!(world.sent_commands(), ["sw_register", "lookup"]);
}

#[tokio::test]
async fn an_accepted_but_pending_change_is_reported_as_not_yet_effective() {
    let world = World::with_domain("mine.com").await;
    world.trouble("modify", TroubleKind::Code(250, ""));
    assert_eq!(world.client.set_lock("mine.com", true).await, Ok(false));
    world.trouble("advanced_update_nameservers", TroubleKind::Code(250, ""));
    let names = hosts(&["ns1.ns.test", "ns2.ns.test"]);
    assert_eq!(world.client.set_nameservers("mine.com", &names).await, Ok(false));
    // A command that reads is never accepted for later.
    world.trouble("get_balance", TroubleKind::Code(250, ""));
    let error = world.client.balance().await.unwrap_err();
    assert_eq!(reason_and_effect(&error), (Some(Reason::Unclear), Effect::None));
}
