//! Tests of the agenda.

use super::*;

const TOGETHER: Duration = Duration::from_secs(5);

const LIMITS: SlotLimits = SlotLimits::OF_PUSHES;

/// Returns an empty agenda.
fn agenda<K: Clone + Eq + Hash>() -> CheckAgenda<K, ()> {
    CheckAgenda::new(LIMITS, TOGETHER)
}

/// Returns an agenda with a hundred due checks of each of two tenants, with the numbers from 0 and from 1,000.
fn agenda_of_two_busy_tenants() -> CheckAgenda<u32, ()> {
    let mut agenda = agenda();
    for number in 0..100 {
        note(&mut agenda, "mark", number);
        note(&mut agenda, "justine", 1_000 + number);
    }
    agenda
}

fn note(agenda: &mut CheckAgenda<u32, ()>, tenant: &str, number: u32) {
    let tenant = format!("ten_{tenant}").parse().unwrap();
    assert!(agenda.note(tenant, number, ()));
}

/// Returns an agenda on which a tenant has no free place. Its checks have the numbers from 0.
fn agenda_full_of_checks_of_mark() -> CheckAgenda<u32, ()> {
    let mut agenda = agenda();
    for number in 0..u32::try_from(CAPACITY).unwrap() {
        note(&mut agenda, "mark", number);
    }
    agenda
}

fn take_all_due(agenda: &mut CheckAgenda<u32, ()>) -> Vec<u32> {
    std::iter::from_fn(|| agenda.take_due()).map(|(number, ())| number).collect()
}

#[tokio::test(start_paused = true)]
async fn pushes_in_quick_succession_are_handled_together() {
    let mut agenda = agenda();
    let (begun, mut looks) = (Instant::now(), Vec::new());
    for _ in 0..50 {
        note(&mut agenda, "mark", 1);
        while let Some((key, ())) = agenda.take_due() {
            looks.push(begun.elapsed().as_secs());
            agenda.note_end(&key, true);
        }
        tokio::time::advance(Duration::from_millis(200)).await;
    }
    assert_eq!(looks, [0, 5]);
    assert!(agenda.next().is_some_and(|next| next <= Instant::now()), "the last one waits");
}

#[tokio::test(start_paused = true)]
async fn a_repository_has_one_task_at_a_time_and_failures_are_repeated() {
    let mut agenda = agenda();
    note(&mut agenda, "mark", 1);
    assert!(agenda.take_due().is_some());
    note(&mut agenda, "mark", 1);
    tokio::time::advance(TOGETHER * 2).await;
    assert_eq!((agenda.take_due(), agenda.next()), (None, None));
    for pause in [5, 10, 20, 40, 80, 120, 120] {
        agenda.note_end(&1, false);
        assert_eq!(agenda.next(), Some(Instant::now() + Duration::from_secs(pause)));
        tokio::time::advance(Duration::from_secs(pause)).await;
        assert!(agenda.take_due().is_some());
    }
    agenda.note_end(&1, true);
    assert_eq!(agenda.next(), None);
    tokio::time::advance(TOGETHER * 2).await;
    note(&mut agenda, "mark", 2);
    assert_eq!(agenda.entries.len(), 1, "what is settled is forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_tenants_check_begins_beside_a_hundred_older_ones_of_another_tenant() {
    let mut agenda = agenda();
    for number in 0..100 {
        note(&mut agenda, "mark", number);
    }
    tokio::time::advance(Duration::from_millis(1)).await;
    note(&mut agenda, "justine", 1_000);
    let taken = take_all_due(&mut agenda);
    assert_eq!((taken.len(), taken[1]), (LIMITS.alone + 1, 1_000), "{taken:?}");
    // Mark's other checks are due, but wait until one of mark's ends.
    assert_eq!(agenda.next(), None);
    agenda.note_end(&1_000, false);
    assert_eq!(agenda.next(), Some(Instant::now() + TOGETHER));
    assert_eq!(agenda.take_due(), None);
    agenda.note_end(&taken[0], true);
    assert!(agenda.next().is_some_and(|next| next <= Instant::now()));
    assert_eq!(take_all_due(&mut agenda).len(), 1);
    tokio::time::advance(TOGETHER).await;
    assert_eq!(take_all_due(&mut agenda), [1_000]);
}

#[tokio::test(start_paused = true)]
async fn tenants_with_many_due_checks_get_a_quarter_of_the_slots_each() {
    let mut agenda = agenda_of_two_busy_tenants();
    let of_mark = |taken: &[u32]| taken.iter().filter(|number| **number < 1_000).count();
    let taken = take_all_due(&mut agenda);
    assert_eq!((taken.len(), of_mark(&taken)), (2 * LIMITS.beside_others, LIMITS.beside_others));
    assert_eq!(agenda.next(), None);
    for ended in &taken {
        agenda.note_end(ended, true);
        let next = take_all_due(&mut agenda);
        assert_eq!((next.len(), of_mark(&next)), (1, of_mark(&[*ended])));
    }
    // Another tenant does not have to wait for them.
    note(&mut agenda, "third", 2_000);
    assert_eq!(take_all_due(&mut agenda), [2_000]);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_fills_its_places_takes_none_of_another_tenants() {
    let mut agenda = agenda_full_of_checks_of_mark();
    let mark: TenantId = "ten_mark".parse().unwrap();
    assert!(!agenda.note(mark.clone(), 5_000, ()), "mark has no free place");
    assert!(agenda.note(mark, 0, ()), "the check that waits stands for further pushes");
    note(&mut agenda, "justine", 10_000);
    assert!(take_all_due(&mut agenda).contains(&10_000));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_check_frees_a_place_of_its_tenant() {
    let mut agenda = agenda_full_of_checks_of_mark();
    let (taken, ()) = agenda.take_due().unwrap();
    agenda.note_end(&taken, true);
    tokio::time::advance(TOGETHER * 2).await;
    note(&mut agenda, "mark", 5_000);
}

#[tokio::test(start_paused = true)]
async fn no_more_checks_run_than_there_are_slots_and_tenants_take_turns() {
    let mut agenda = agenda();
    let tenants = u32::try_from(LIMITS.all).unwrap();
    for number in 0..3 * tenants {
        note(&mut agenda, &format!("busy{}", number % tenants), number);
    }
    let taken = take_all_due(&mut agenda);
    assert_eq!((taken.len(), agenda.next()), (LIMITS.all, None));
    tokio::time::advance(Duration::from_millis(1)).await;
    note(&mut agenda, "late", 1_000);
    assert_eq!(agenda.take_due(), None);
    agenda.note_end(&taken[0], true);
    assert_eq!(take_all_due(&mut agenda), [1_000], "the others have had their turn");
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_check_is_repeated_after_some_seconds() {
    let mut agenda = agenda();
    note(&mut agenda, "mark", 1);
    assert!(agenda.take_due().is_some());
    tokio::time::advance(TOGETHER * 2).await;
    agenda.note_unfinished(&1);
    assert_eq!((agenda.take_due(), agenda.next()), (None, Some(Instant::now() + TOGETHER)));
    tokio::time::advance(TOGETHER).await;
    assert!(agenda.take_due().is_some());
}

#[tokio::test(start_paused = true)]
async fn checks_that_ended_with_their_task_are_repeated() {
    let mut agenda = agenda();
    for number in 1..=3 {
        note(&mut agenda, "mark", number);
    }
    assert_eq!([agenda.take_due(), agenda.take_due()], [Some((1, ())), Some((2, ()))]);
    agenda.note_end(&2, true);
    agenda.end_running_checks();
    assert_eq!(take_all_due(&mut agenda), [3], "it was not running");
    tokio::time::advance(TOGETHER).await;
    assert_eq!(take_all_due(&mut agenda), [1]);
}

/// A look at all checks for each of them would take a minute.
#[tokio::test(start_paused = true)]
async fn a_first_round_of_thirty_thousand_repositories_is_noted_and_checked() {
    let mut agenda = agenda();
    let tenants: Vec<TenantId> =
        (0..100).map(|tenant| format!("ten_{tenant:04}").parse().unwrap()).collect();
    for _ in 0..2 {
        for number in 0..30_000 {
            assert!(agenda.note(tenants[number % tenants.len()].clone(), number, ()));
        }
    }
    assert_eq!(agenda.entries.len(), 30_000);
    for _ in 0..1_000 {
        let (taken, ()) = agenda.take_due().unwrap();
        agenda.note_end(&taken, true);
    }
    tokio::time::advance(TOGETHER).await;
    agenda.forget_settled(Instant::now());
    assert_eq!(agenda.entries.len(), 29_000);
    let counts: Vec<_> = tenants.iter().map(|tenant| agenda.queues.count(tenant)).collect();
    assert_eq!(counts, [290; 100]);
}

#[tokio::test(start_paused = true)]
async fn tenants_share_an_agenda_on_which_many_checks_wait() {
    let mut agenda = agenda();
    let tenants = SHARED_CAPACITY / CAPACITY * 2;
    for number in 0..SHARED_CAPACITY {
        let tenant = format!("ten_{:04}", number % tenants).parse().unwrap();
        assert!(agenda.note(tenant, number, ()));
    }
    assert!(!agenda.note("ten_0000".parse().unwrap(), SHARED_CAPACITY, ()), "it has its share");
    assert!(agenda.note("ten_late".parse().unwrap(), SHARED_CAPACITY, ()));
}

#[tokio::test(start_paused = true)]
async fn tenants_with_one_slot_each_run_one_check_at_a_time() {
    let mut agenda = CheckAgenda::new(SlotLimits::one_per_tenant(3), TOGETHER);
    for number in 0..10 {
        note(&mut agenda, "mark", number);
    }
    assert_eq!(take_all_due(&mut agenda), [0], "also while no other tenant's check is due");
    for (number, tenant) in [(100, "justine"), (200, "third"), (300, "fourth")] {
        note(&mut agenda, tenant, number);
    }
    assert_eq!(take_all_due(&mut agenda), [100, 200], "there are three slots");
    agenda.note_end(&0, true);
    assert_eq!(take_all_due(&mut agenda), [300], "mark has had a turn");
    agenda.note_end(&100, true);
    assert_eq!(take_all_due(&mut agenda), [1]);
}

#[tokio::test(start_paused = true)]
async fn checks_of_a_tenant_that_were_noted_again_come_after_those_that_have_not_run() {
    let mut agenda = CheckAgenda::new(SlotLimits::one_per_tenant(1), Duration::ZERO);
    let mut run = Vec::new();
    for _ in 0..6 {
        // Each round notes all of them.
        for number in 0..3 {
            note(&mut agenda, "mark", number);
        }
        let (number, ()) = agenda.take_due().unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        agenda.note_end(&number, true);
        run.push(number);
    }
    assert_eq!(run, [0, 1, 2, 0, 1, 2]);
}
