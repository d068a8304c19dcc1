//! Messages to other systems over a small method: posted and signed, given up and sent again, fetched; and what is never in
//! them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod authority;
mod receiver;
mod site;

use std::fs;

use axum::http::StatusCode;
use receiver::{Fault, Receiver};
use serde_json::json;
use site::Site;
use site::work::{corrected, opened, until};

fn subscribing(receiver: &Receiver) -> Site {
    Site::delivering(|data| {
        let secret = data.join("secret");
        fs::write(&secret, "a secret of thirty-two letters or more\n").unwrap();
        format!(
            "events:\n- {{id: bi, to: '{}', secret: {{file: '{}'}}, attempts: 3, timeout_seconds: 1, retry: {{first_seconds: 0.01, most_seconds: 0.02}}}}\n",
            receiver.url,
            secret.display()
        )
    })
}

/// The code under a secret, in hexadecimal.
fn code(secret: &str, time: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let code = mac.finalize().into_bytes();
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn progress(site: &Site, holds: impl Fn(&metode_server::events::Progress) -> bool) {
    let bi = site.app.delivery.subscription("bi").unwrap();
    until(|| holds(&bi.progress(&site.app.store).unwrap().0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_is_told_to_subscribers_signed_and_without_what_was_typed() {
    let receiver = Receiver::start();
    let site = subscribing(&receiver);
    progress(&site, |_| {
        site.app.store.ledger("events/bi/", None, 1).unwrap().len() == 1
    })
    .await;
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    corrected(&site, &form, "Slag").await;
    progress(&site, |progress| progress.delivered == 2).await;
    let taken = receiver.taken();
    let message = taken[0].json();
    assert_eq!(message["specversion"], "1.0");
    assert_eq!(message["type"], "metode.response.completed");
    assert_eq!(
        format!("/cases/{}", message["subject"].as_str().unwrap()),
        form.split("/responses").next().unwrap()
    );
    assert_eq!(message["data"]["data_points"]["aarsag"], 1);
    assert_eq!(taken[1].json()["type"], "metode.response.corrected");
    for taken in &taken {
        let text = String::from_utf8(taken.body.clone()).unwrap();
        for typed in ["0101814321", "Fald", "Slag", "S-1", "Mads"] {
            assert!(!text.contains(typed), "{text}");
        }
        assert!(taken.headers["content-type"].starts_with("application/cloudevents+json"));
        let (time, told) = taken.headers["metode-signature"].split_once(",v1=").unwrap();
        let time = time.strip_prefix("t=").unwrap();
        assert_eq!(
            code("a secret of thirty-two letters or more", time, &taken.body),
            told
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_given_up_when_it_is_refused_so_often_and_sent_again_when_asked() {
    let receiver = Receiver::start();
    let site = subscribing(&receiver);
    progress(&site, |_| {
        site.app.store.ledger("events/bi/", None, 1).unwrap().len() == 1
    })
    .await;
    receiver.fail([Fault::Fails, Fault::Fails, Fault::Fails]);
    opened(&site, "S-1", "0101814321", "Fald").await;
    opened(&site, "S-2", "0202824322", "Slag").await;
    progress(&site, |progress| (progress.dead, progress.delivered) == (1, 1)).await;
    let page = site.get("/reports").await.body;
    assert!(
        page.contains("Opgivne beskeder til bi") && page.contains("HTTP 500"),
        "{page}"
    );
    site.post("/messages/bi/again", &[("cursor", "1")])
        .await
        .location();
    progress(&site, |progress| (progress.dead, progress.delivered) == (0, 2)).await;
    let made = site.get("/events").await.json();
    let last = receiver.taken().last().unwrap().json();
    assert_eq!(last["id"], made[0]["id"], "the same message, with the same id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_was_away_for_long_gets_every_message_in_order() {
    let receiver = Receiver::start();
    let site = subscribing(&receiver);
    progress(&site, |_| {
        site.app.store.ledger("events/bi/", None, 1).unwrap().len() == 1
    })
    .await;
    let mut turn = 0;
    receiver.chance(move || {
        turn += 1;
        Some([Fault::Busy, Fault::Cuts, Fault::Drops][turn % 3])
    });
    let form = opened(&site, "S-1", "0101814321", "Fald").await;
    corrected(&site, &form, "Slag").await;
    opened(&site, "S-2", "0202824322", "Fald").await;
    // Three attempts are all that a refused message has.
    progress(&site, |progress| progress.attempts > 9).await;
    let names = site.app.store.ledger("events/bi/", None, 9).unwrap();
    assert_eq!(names.len(), 1, "that it waits grows nothing");
    receiver.heal();
    progress(&site, |progress| (progress.dead, progress.delivered) == (0, 3)).await;
    let mut taken: Vec<String> = receiver
        .taken()
        .iter()
        .map(|taken| taken.json()["id"].to_string())
        .collect();
    taken.dedup();
    let told = site.get("/events").await.json();
    let made: Vec<String> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["id"].to_string())
        .collect();
    assert_eq!(taken, made, "as they were made, each until it was taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_changed_over_while_messages_go_on() {
    let receiver = Receiver::start();
    let site = Site::delivering(|data| {
        let file = |name: &str, text: &str| {
            let path = data.join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let new = file("new", "the new secret of thirty-two letters or more");
        let old = file("old", "a secret of thirty-two letters or more");
        let url = &receiver.url;
        format!(
            "events:\n- {{id: bi, to: '{url}', secret: {{file: '{new}'}}, former_secret: {{file: '{old}'}}}}\n"
        )
    });
    progress(&site, |_| {
        site.app.store.ledger("events/bi/", None, 1).unwrap().len() == 1
    })
    .await;
    opened(&site, "S-1", "0101814321", "Fald").await;
    progress(&site, |progress| progress.delivered == 1).await;
    let taken = &receiver.taken()[0];
    let mut parts = taken.headers["metode-signature"].split(',');
    let time = parts.next().unwrap().strip_prefix("t=").unwrap();
    let codes: Vec<&str> = parts.map(|part| part.strip_prefix("v1=").unwrap()).collect();
    let expected = [
        code("the new secret of thirty-two letters or more", time, &taken.body),
        code("a secret of thirty-two letters or more", time, &taken.body),
    ];
    assert_eq!(codes, expected, "whichever of them the receiver knows");
}

#[tokio::test]
async fn messages_can_be_fetched_from_a_cursor_on() {
    let site = Site::new();
    for number in 1..=3 {
        opened(&site, &format!("S-{number}"), "0101814321", "Fald").await;
    }
    let first = site.get("/events?limit=2").await;
    assert_eq!(
        first.header("content-type"),
        "application/cloudevents-batch+json; charset=utf-8"
    );
    let all = site.get("/events").await.json();
    let cursor = |place: usize| all[place]["sequence"].as_str().unwrap().to_owned();
    let (second, third) = (cursor(1), cursor(2));
    assert_eq!(
        first.header("link"),
        format!("</events?after={second}&limit=2>; rel=\"next\"")
    );
    let rest = site.get(&format!("/events?after={second}&limit=2")).await.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(rest.as_array().unwrap()[..], all.as_array().unwrap()[2..]);
    assert_eq!(first.json().as_array().unwrap()[..], all.as_array().unwrap()[..2]);
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(cursor(0), format!("00000000000000000001-{}", &id[..8]));
    let end = site.get(&format!("/events?after={third}")).await;
    assert_eq!((end.status, end.json()), (StatusCode::OK, json!([])));
    assert!(
        end.header("link").contains(&third),
        "what comes next is fetched from here"
    );
    // Again gives the same.
    let again = site.get(&format!("/events?after={second}&limit=2")).await.json();
    assert_eq!(again, rest);
    // Of another store, or of this one before it was put back: nobody waits for what never comes.
    let other = format!("{}-00000000", third.split('-').next().unwrap());
    let beyond = format!("{:020}-{}", 4, third.split('-').nth(1).unwrap());
    for unknown in [other, beyond] {
        let answer = site.get(&format!("/events?after={unknown}")).await;
        assert_eq!(answer.status, StatusCode::GONE, "{unknown}");
    }
    for wrong in ["x", "3", "-", "0-", "x-y"] {
        let answer = site.get(&format!("/events?after={wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
