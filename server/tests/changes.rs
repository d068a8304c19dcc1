//! What changes after it was told, or before it could be: corrections, mended facts, another version; each arrives as what it is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod authority;
mod receiver;
mod reports;
mod site;

use metode_server::casework::{self, Actor};
use metode_server::delivery::Status;
use receiver::Receiver;
use reports::{delivering, idle, mended, of_status, part, reasons, refuses, route, told};
use serde_json::{Value as Json, json};
use site::Site;
use site::work::{complete, corrected, on_day, opened, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_traced_to_its_field_and_mended_by_a_correction() {
    let receiver = Receiver::start();
    refuses(&receiver, "Forkert");
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "0101814321", "Forkert").await;
    opened(&site, "S-2", "0202824322", "Fald").await;
    idle(&site).await;
    assert_eq!(
        of_status(&site, Status::Sent).len(),
        1,
        "others are not held back"
    );
    let list = site.get("/reports").await.body;
    assert!(
        list.contains("Årsagen 010181-•••• duer ikke") && !list.contains("0101814321"),
        "what is refused is shown first, and why: {list}"
    );
    let number = of_status(&site, Status::Refused)[0].number;
    let page = site.get(&format!("/reports/proeve/{number}")).await.body;
    assert!(page.contains(&format!("href=\"{form}#f-aarsag\"")), "{page}");
    assert!(page.contains("Åbning → Årsag") && page.contains("r-1"));
    assert!(page.contains("010181-••••") && !page.contains("0101814321"));
    corrected(&site, &form, "Rigtig").await;
    idle(&site).await;
    let taken = receiver.taken();
    assert_eq!(
        reasons(&taken[1]),
        told("Rigtig"),
        "what never left is not taken back"
    );
    assert!(of_status(&site, Status::Refused).is_empty());
    assert_eq!(of_status(&site, Status::Superseded)[0].number, number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_of_what_was_sent_is_a_change() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    corrected(&site, &form, "Slag").await;
    idle(&site).await;
    let taken = receiver.taken();
    assert_eq!(reasons(&taken[1]), told("Slag"));
    assert_eq!(
        part(&taken[0].json())["id"],
        part(&taken[1].json())["id"],
        "the same thing"
    );
    assert_ne!(taken[0].json()["id"], taken[1].json()["id"], "another report");
    assert_eq!(of_status(&site, Status::Sent).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_template_refuses_is_made_again_when_the_facts_are_mended() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "", "Fald").await;
    until(|| (of_status(&site, Status::Refused).len() == 1).then_some(())).await;
    assert!(receiver.requests().is_empty());
    let address = format!("/reports/proeve/{}", of_status(&site, Status::Refused)[0].number);
    let page = site.get(&address).await.body;
    let case = form.split("/responses").next().unwrap();
    assert!(
        page.contains("CPR-nummeret mangler.") && page.contains(&format!("{case}/facts")),
        "{page}"
    );
    mended(&site, &form, "a:citizen.cpr", "0101814321").await;
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 1);
    assert!(of_status(&site, Status::Refused).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_of_another_citizen_is_told_anew_of_whom_it_is_about() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    on_day(&site, "S-1", "0101814321", "2025-06-01", "Fald").await;
    idle(&site).await;
    let sent = &of_status(&site, Status::Sent)[0];
    let form = format!("/cases/{}/responses/r", sent.cases[0].0);
    // Another case about the citizen meant stays as it was told.
    opened(&site, "S-2", "0202824322", "Slag").await;
    idle(&site).await;
    mended(&site, &form, "a:citizen.name", "Mads P.").await;
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 2, "of the same citizen there is no news");
    mended(&site, &form, "a:citizen.cpr", "0202824322").await;
    idle(&site).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 3, "without anybody's completing a form");
    let (first, last) = (taken[0].json(), taken[2].json());
    assert_eq!(
        (&first["borger"], &last["borger"]),
        (&json!("0101814321"), &json!("0202824322"))
    );
    let of_case = |report: &Json| {
        report["dele"]
            .as_array()
            .unwrap()
            .iter()
            .find(|part| part["aarsag"] == "Fald")
            .cloned()
    };
    assert_eq!(
        of_case(&first).unwrap()["id"],
        of_case(&last).unwrap()["id"],
        "the same thing"
    );
    let today = metode_server::clock::now().date().to_string();
    assert_eq!(&last["at"].as_str().unwrap()[..10], today, "and news of today");
    // And back again.
    mended(&site, &form, "a:citizen.cpr", "0101814321").await;
    idle(&site).await;
    let back = receiver.taken()[3].json();
    assert_eq!(back["borger"], "0101814321");
    assert!(of_case(&back).is_some());
    mended(&site, &form, "a:citizen.name", "Mads").await;
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 4);
    // What the case is called stands in what was told of it.
    mended(&site, &form, "a:case.number", "S-9").await;
    idle(&site).await;
    let renamed = receiver.taken()[4].json();
    assert_eq!(of_case(&renamed).unwrap()["sag"], "S-9");
    assert_eq!(of_case(&renamed).unwrap()["id"], of_case(&first).unwrap()["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_was_refused_and_is_corrected_on_a_later_day_goes_out() {
    let receiver = Receiver::start();
    refuses(&receiver, "Forkert");
    let site = Site::delivering(|_| route(&receiver).replace("proeve@", "ordre@"));
    on_day(&site, "S-1", "0101814321", "2025-06-01", "Forkert").await;
    idle(&site).await;
    let [refused] = &of_status(&site, Status::Refused)[..] else {
        panic!("one is refused")
    };
    let form = format!("/cases/{}/responses/r", refused.cases[0].0);
    // That a correction is begun is no reason to forget what is to be corrected.
    let draft = site.post(&format!("{form}/correct"), &[]).await.location();
    mended(&site, &form, "a:citizen.name", "Mads P.").await;
    idle(&site).await;
    assert_eq!(of_status(&site, Status::Refused).len(), 1);
    complete(&site, &draft, "Rigtig").await;
    idle(&site).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(reasons(&taken[0]), told("Rigtig"));
    let sent = &of_status(&site, Status::Sent)[0];
    assert_eq!((sent.key, &sent.day), (refused.key, &refused.day));
    assert!(of_status(&site, Status::Refused).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_moves_to_another_version_is_no_news_and_stays_the_same_thing() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    let former = receiver.taken()[0].json();
    let renamed = [("id: aarsag, label", "id: grund, label")];
    site.second_version(
        &renamed,
        Some("migration: 1.0.0\nsteps:\n- {rename: aabning.aarsag, to: aabning.grund}\n"),
    );
    let id = of_status(&site, Status::Sent)[0].cases[0].0;
    let mut case = casework::open(&site.app, &id).unwrap();
    let library = site.app.library();
    casework::move_on(&mut case, &library.migrations()[0]);
    let actor = Actor {
        name: "Bo".to_owned(),
        page: None,
    };
    casework::save(&site.app, &mut case, &actor).await.unwrap();
    mended(&site, &form, "a:citizen.name", "Mads P.").await;
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 1, "that it moved is no news");
    let draft = site.post(&format!("{form}/correct"), &[]).await.location();
    let answers = [("revision", "99"), ("a:grund", "Slag")];
    site.post(&format!("{draft}/complete"), &answers).await.location();
    idle(&site).await;
    let told = receiver.taken()[1].json();
    assert_eq!(part(&told)["aarsag"], "Slag");
    assert_eq!(part(&told)["id"], part(&former)["id"], "what was told before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_never_told() {
    let receiver = Receiver::start();
    let site = delivering(&receiver);
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    idle(&site).await;
    site.post(&format!("{form}/correct"), &[]).await.location();
    mended(&site, &form, "a:citizen.name", "Mads P.").await;
    idle(&site).await;
    assert_eq!(receiver.taken().len(), 1);
}
