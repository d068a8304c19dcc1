//! Reports over a small method: they arrive, whatever fails on the way, and what is refused is shown to
//! people with its place.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod authority;
mod receiver;
mod reports;
mod site;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use authority::{Authority, shown};
use axum::http::StatusCode;
use metode_server::delivery::{Delivery, Entry, Status, forget};
use receiver::{Fault, Receiver, Taken};
use reports::{delivering, idle, of_status, part, reasons, refuses, route, told};
use serde_json::Value as Json;
use site::Site;
use site::work::{corrected, on_day, opened, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_is_reported_with_its_id_and_the_page_says_so() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    let [taken] = &receiver.taken()[..] else {
        panic!("one report")
    };
    assert_eq!(reasons(taken), told("Fald"));
    assert_eq!(taken.headers["content-type"], "application/json");
    assert_eq!(taken.json()["id"], taken.headers["idempotency-key"]);
    let [entry] = &of_status(&site, Status::Sent)[..] else {
        panic!("one entry")
    };
    let list = site.get("/reports").await.body;
    assert!(list.contains("/reports/proeve/1") && list.contains("S-1"));
    let page = site.get("/reports/proeve/1").await.body;
    assert!(
        page.contains("Sendt") && page.contains("Fald") && page.contains(&entry.report.unwrap().to_string())
    );
    assert!(!list.contains("0101814321") && !page.contains("0101814321"));
    assert!(!entry.citizen.contains("0101814321"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_outlived_with_the_same_bytes() {
    for fault in Fault::ALL {
        let receiver = Receiver::start();
        receiver.fail([fault, fault]);
        let site = delivering(&receiver);
        opened(&site, "S-1", "0101814321", "Fald").await;
        idle(&site).await;
        let taken = receiver.taken();
        assert_eq!(reasons(&taken[0]), told("Fald"), "{fault:?}");
        assert!(taken.iter().all(|again| again.body == taken[0].body), "{fault:?}");
        let expected = match fault {
            Fault::Drops | Fault::SilentAfterTaking => 3,
            _ => 1,
        };
        assert_eq!(taken.len(), expected, "{fault:?}");
        let attempts = if fault == Fault::Slow { 1 } else { 3 };
        assert_eq!(of_status(&site, Status::Sent)[0].attempts, attempts, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_away_is_told_and_asked_by_one() {
    let receiver = Receiver::start();
    receiver.chance(|| Some(Fault::Busy));
    let site = delivering(&receiver);
    for citizen in 1..=8 {
        opened(
            &site,
            &format!("S-{citizen}"),
            &format!("010181000{citizen}"),
            "Fald",
        )
        .await;
    }
    until(|| (of_status(&site, Status::Waiting).len() == 8 && receiver.requests().len() > 3).then_some(()))
        .await;
    until(|| site.app.delivery.routes[0].trouble()).await;
    let page = site.get("/reports").await.body;
    assert!(
        page.contains("Modtageren tager ikke imod lige nu") && page.contains("503"),
        "{page}"
    );
    receiver.heal();
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 8);
    assert!(site.app.delivery.routes[0].trouble().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missed_days_are_reported_one_by_one_and_a_refused_one_holds_back_the_later_ones() {
    let receiver = Receiver::start();
    receiver.chance(|| Some(Fault::Busy));
    refuses(&receiver, "Forkert");
    let site = delivering(&receiver);
    for (number, day, reason) in [
        ("S-3", "2025-06-03", "Tredje"),
        ("S-1", "2025-06-01", "Første"),
        ("S-2", "2025-06-02", "Forkert"),
    ] {
        on_day(&site, number, "0101814321", day, reason).await;
    }
    // The last day may have been on its way before the others were known.
    let first_tried = |entry: &Entry| entry.day == "2025-06-01" && entry.attempts > 0;
    until(|| {
        of_status(&site, Status::Waiting)
            .iter()
            .any(first_tried)
            .then_some(())
    })
    .await;
    receiver.heal();
    until(|| (of_status(&site, Status::Refused).len() == 1).then_some(())).await;
    let days = |receiver: &Receiver| -> Vec<String> {
        let at = |taken: &Taken| taken.json()["at"].as_str().unwrap()[..10].to_owned();
        receiver.taken().iter().map(at).collect()
    };
    assert_eq!(days(&receiver), ["2025-06-01"]);
    assert_eq!(of_status(&site, Status::Waiting).len(), 1);
    let refused = of_status(&site, Status::Refused)[0].number;
    let address = format!("/reports/proeve/{refused}");
    let page = site.get(&address).await.body;
    assert!(
        page.contains("1 senere indberetning om samme borger venter"),
        "{page}"
    );
    // The correction is made today, and belongs to the day that was refused.
    let held = of_status(&site, Status::Refused)[0]
        .cases
        .iter()
        .find(|(_, title)| title == "S-2")
        .unwrap()
        .0;
    corrected(&site, &format!("/cases/{held}/responses/r"), "Anden").await;
    idle(&site).await;
    assert_eq!(days(&receiver), ["2025-06-01", "2025-06-02", "2025-06-03"]);
    assert_eq!(reasons(&receiver.taken()[1]), told("Anden"));
    assert!(of_status(&site, Status::Refused).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_cannot_be_mended_is_released_with_a_reason() {
    let receiver = Receiver::start();
    refuses(&receiver, "Forkert");
    let site = delivering(&receiver);
    on_day(&site, "S-1", "0101814321", "2025-06-01", "Forkert").await;
    on_day(&site, "S-2", "0101814321", "2025-06-02", "Fald").await;
    until(|| (of_status(&site, Status::Refused).len() == 1).then_some(())).await;
    let address = format!("/reports/proeve/{}", of_status(&site, Status::Refused)[0].number);
    let without = site.post(&format!("{address}/release"), &[("reason", " ")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    site.post(&format!("{address}/release"), &[("reason", "Borgeren er død")])
        .await
        .location();
    idle(&site).await;
    assert_eq!(reasons(&receiver.taken()[0]), told("Fald"));
    let page = site.get(&address).await.body;
    assert!(
        page.contains("Sofie Holm") && page.contains("Borgeren er død"),
        "{page}"
    );
    assert!(
        !site
            .foreign(&format!("{address}/again"))
            .await
            .status
            .is_success()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_receiver_refused_by_mistake_is_sent_again_when_somebody_says_so() {
    let receiver = Receiver::start();
    refuses(&receiver, "Fald");
    let site = delivering(&receiver);
    opened(&site, "S-1", "0101814321", "Fald").await;
    until(|| (of_status(&site, Status::Refused).len() == 1).then_some(())).await;
    receiver.refuse(|_| None);
    let refused = of_status(&site, Status::Refused)[0].number;
    let address = format!("/reports/proeve/{refused}/again");
    site.post(&address, &[]).await.location();
    idle(&site).await;
    assert_eq!(reasons(&receiver.taken()[0]), told("Fald"));
    assert_eq!(
        of_status(&site, Status::Sent)[0].number,
        refused,
        "the same report"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_gets_each_report_once() {
    let site = Site::delivering(|data| {
        format!(
            "reports:\n- {{template: proeve@1.0.0, to: '{}'}}\n",
            data.join("out").display()
        )
    });
    on_day(&site, "S-1", "0101814321", "2025-06-01", "Fald").await;
    on_day(&site, "S-2", "0202824322", "2025-06-02", "Slag").await;
    idle(&site).await;
    let mut names: Vec<String> = fs::read_dir(site.data.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2);
    for (number, name) in (1..).zip(&names) {
        let report: Json =
            serde_json::from_slice(&fs::read(site.data.path().join("out").join(name)).unwrap()).unwrap();
        let (day, id) = (
            &report["at"].as_str().unwrap()[..10],
            report["id"].as_str().unwrap(),
        );
        assert_eq!(*name, format!("{number:010}-{day}-{id}.json"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_citizens_under_chance_faults_lose_and_repeat_nothing() {
    let receiver = Receiver::start();
    let mut state = 7_u64;
    receiver.chance(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let dice = (state >> 33) as usize % 12;
        Fault::ALL
            .into_iter()
            .filter(|fault| *fault != Fault::Silent && *fault != Fault::SilentAfterTaking)
            .nth(dice)
    });
    let site = delivering(&receiver);
    for number in 0..30_usize {
        let form = opened(
            &site,
            &format!("S-{number}"),
            &format!("01018100{number:02}"),
            "Fald",
        )
        .await;
        if number.is_multiple_of(3) {
            corrected(&site, &form, "Slag").await;
        }
    }
    idle(&site).await;
    let mut bodies: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut last: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for taken in receiver.taken() {
        let report = taken.json();
        let former = bodies.insert(report["id"].to_string(), taken.body.clone());
        assert!(
            former.is_none_or(|former| former == taken.body),
            "one id, one content"
        );
        last.insert(report["borger"].to_string(), reasons(&taken));
    }
    assert_eq!(last.len(), 30);
    for (citizen, reasons) in last {
        let number: usize = citizen.trim_matches('"')[8..].parse().unwrap();
        assert_eq!(
            reasons,
            told(if number.is_multiple_of(3) { "Slag" } else { "Fald" }),
            "{citizen}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_senders_on_one_store_lose_nothing_and_send_nothing_as_two_things() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    let (_stop, stopping) = tokio::sync::watch::channel(false);
    Delivery::start(&site.app, &stopping).detach_all();
    for number in 0..20 {
        let citizen = format!("01018100{number:02}");
        opened(&site, &format!("S-{number}"), &citizen, &citizen).await;
        site.app.delivery.wake();
    }
    idle(&site).await;
    let mut bodies: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for taken in receiver.taken() {
        let former = bodies.insert(taken.json()["id"].to_string(), taken.body.clone());
        assert!(
            former.is_none_or(|former| former == taken.body),
            "one id, one content"
        );
        assert_eq!(reasons(&taken), told(taken.json()["borger"].as_str().unwrap()));
    }
    assert_eq!(bodies.len(), 20);
    assert_eq!(of_status(&site, Status::Sent).len(), 20);
}

/// The reports that a page of the list shows, and the address of what follows.
async fn listed(site: &Site, address: &str) -> (Vec<u64>, Option<String>) {
    let page = site.get(address).await.body;
    let numbers = page.split("href=\"/reports/proeve/").skip(1);
    let numbers = numbers.filter_map(|rest| rest.split('"').next()?.parse().ok());
    let next = page.split("rel=\"next\" href=\"").nth(1);
    let next = next.and_then(|rest| Some(rest.split('"').next()?.replace("&amp;", "&")));
    (numbers.collect(), next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_are_listed_a_page_at_a_time_by_status_and_by_day() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    for number in 1..=60 {
        let (case, cpr) = (format!("S-{number}"), format!("01018100{number:02}"));
        let day = if number <= 55 { "2025-03-01" } else { "2025-03-02" };
        on_day(&site, &case, &cpr, day, "Fald").await;
    }
    idle(&site).await;
    for (look, all) in [("show=sent", 60), ("day=2025-03-01", 55), ("day=2025-03-02", 5)] {
        let (mut found, mut next) = listed(&site, &format!("/reports?{look}")).await;
        assert_eq!(found.len(), all.min(50), "{look}");
        while let Some(address) = next {
            let (more, follows) = listed(&site, &address).await;
            assert!(!more.is_empty() && more.len() <= 50, "{look}");
            found.extend(more);
            next = follows;
        }
        assert_eq!(found.len(), all, "{look}");
        assert!(
            found.is_sorted_by(|a, b| a > b),
            "{look}: the newest first, each once"
        );
    }
    assert_eq!(
        listed(&site, "/reports?day=").await.0.len(),
        50,
        "no day: all of them"
    );
    assert_eq!(
        listed(&site, "/reports?day=2.3.2025").await.0.len(),
        5,
        "as people write it"
    );
    for wrong in ["31.02.2025", "yesterday"] {
        let page = site.get(&format!("/reports?day={wrong}")).await;
        assert!(
            page.body.contains(&format!("»{wrong}« er ikke en dag")),
            "{wrong}"
        );
        assert!(listed(&site, &format!("/reports?day={wrong}")).await.0.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_for_each_value_go_their_own_ways() {
    let receiver = Receiver::start();
    refuses(&receiver, "Forkert");
    let site = Site::delivering(|_| route(&receiver).replace("proeve@", "hver@"));
    opened(&site, "S-1", "0101814321", "Fald").await;
    let wrong = opened(&site, "S-2", "0101814321", "Forkert").await;
    idle(&site).await;
    let [sent] = &of_status(&site, Status::Sent)[..] else {
        panic!("one is sent")
    };
    let [refused] = &of_status(&site, Status::Refused)[..] else {
        panic!("one is refused")
    };
    assert_eq!((&sent.citizen, &sent.day), (&refused.citizen, &refused.day));
    assert!(sent.key.is_some() && refused.key.is_some() && sent.key != refused.key);
    corrected(&site, &wrong, "Rigtig").await;
    idle(&site).await;
    let told: Vec<_> = receiver.taken().iter().map(reasons).collect();
    let alone = |reason: &str| vec![(reason.to_owned(), false)];
    assert_eq!(told, [alone("Fald"), alone("Rigtig")], "each alone, and once");
    let mended = &of_status(&site, Status::Sent)[1];
    assert_eq!((mended.key, &mended.day), (refused.key, &refused.day));
    assert_eq!(of_status(&site, Status::Superseded)[0].number, refused.number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_knows_us_by_certificate_gets_reports() {
    let authority = Authority::new();
    let receiver = Receiver::greeting("https", authority.greeting(true));
    let (certificate, key) = authority.certificate("kommune");
    let settings = |tls: &str| route(&receiver).replace(", timeout", &format!(", tls: {{{tls}}}, timeout"));
    let ca = format!("ca: '{}'", shown(&authority.ca()));
    let pair = format!("certificate: '{}', key: '{}'", shown(&certificate), shown(&key));
    // Neither side speaks with somebody it does not know: everything waits, and people are told.
    // Whom the receiver does not let in may hear why, or only that the connection is closed.
    for (tls, why) in [(&ca, ""), (&pair, "invalid peer certificate")] {
        let site = Site::delivering(|_| settings(tls));
        opened(&site, "S-1", "0101814321", "Fald").await;
        let trouble = until(|| site.app.delivery.routes[0].trouble()).await;
        assert!(
            trouble.status.is_none() && trouble.text.contains(why),
            "{trouble:?}"
        );
        assert!(receiver.requests().is_empty());
        assert_eq!(of_status(&site, Status::Waiting).len(), 1);
    }
    let site = Site::delivering(|_| settings(&format!("{ca}, {pair}")));
    opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    assert_eq!(reasons(&receiver.taken()[0]), told("Fald"));
    assert_eq!(of_status(&site, Status::Sent).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_old_reports_held_is_taken_away_and_nothing_is_forgotten_that_matters() {
    let receiver = Receiver::start();
    refuses(&receiver, "Forkert");
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    opened(&site, "S-2", "0101814322", "Forkert").await;
    idle(&site).await;
    let route = &site.app.delivery.routes[0];
    let book = route.book(&site.app);
    let held = || -> Vec<u64> {
        let held = book.held(None, 9).unwrap().into_iter();
        held.map(|(number, _)| number).collect()
    };
    Delivery::once(&site.app).await.unwrap();
    assert_eq!(held(), [1, 2], "for more than a year");
    let before = book.entry(1).unwrap().unwrap().value;
    let later = jiff::Timestamp::now() + Duration::from_secs(1);
    assert_eq!(forget(&book, later).await.unwrap(), 1);
    assert_eq!(held(), [2], "what is still open stays");
    let entry = book.entry(1).unwrap().unwrap().value;
    assert_eq!((entry.report, entry.status), (before.report, Status::Sent));
    assert!(entry.answer.is_none());
    assert!(
        site.get("/reports/proeve/1")
            .await
            .body
            .contains("gemmes ikke længere")
    );
    assert_eq!(forget(&book, later).await.unwrap(), 0);
    // A correction is a change of what was sent, which is not sent again.
    corrected(&site, &form, "Slag").await;
    idle(&site).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(reasons(&taken[1]), told("Slag"));
    assert_eq!(part(&taken[0].json())["id"], part(&taken[1].json())["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_how_long_reports_are_kept_is_set() {
    let receiver = Receiver::start();
    let site = Site::delivering(|_| route(&receiver).replace(", timeout", ", keep_days: 0.0000001, timeout"));
    opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    let book = site.app.delivery.routes[0].book(&site.app);
    let mut turns = 0;
    while !book.held(None, 9).unwrap().is_empty() {
        Delivery::once(&site.app).await.unwrap();
        turns += 1;
        assert!(turns < 10_000, "it is kept for ever");
    }
    assert_eq!(receiver.taken().len(), 1);
}
