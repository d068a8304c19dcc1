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

async fn progress(site: &Site, holds: impl Fn(&metode_server::events::Progress) -> bool) {
    let bi = site.app.delivery.subscription("bi").unwrap();
    until(|| holds(&bi.progress(&site.app.store).unwrap().0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_is_told_to_subscribers_signed_and_without_what_was_typed() {
    use hmac::{Hmac, KeyInit, Mac};
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
        let (time, code) = taken.headers["metode-signature"].split_once(",v1=").unwrap();
        let mut mac =
            Hmac::<sha2::Sha256>::new_from_slice(b"a secret of thirty-two letters or more").unwrap();
        mac.update(format!("{}.", time.strip_prefix("t=").unwrap()).as_bytes());
        mac.update(&taken.body);
        let hex: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_given_up_after_so_many_attempts_and_sent_again_when_asked() {
    let receiver = Receiver::start();
    let site = subscribing(&receiver);
    progress(&site, |_| {
        site.app.store.ledger("events/bi/", None, 1).unwrap().len() == 1
    })
    .await;
    receiver.fail([Fault::Fails, Fault::Drops, Fault::Busy]);
    opened(&site, "S-1", "0101814321", "Fald").await;
    opened(&site, "S-2", "0202824322", "Slag").await;
    progress(&site, |progress| (progress.dead, progress.delivered) == (1, 1)).await;
    let page = site.get("/reports").await.body;
    assert!(
        page.contains("Opgivne beskeder til bi") && page.contains("HTTP 503"),
        "{page}"
    );
    site.post("/messages/bi/again", &[("cursor", "1")])
        .await
        .location();
    progress(&site, |progress| (progress.dead, progress.delivered) == (0, 2)).await;
    let taken = receiver.taken();
    assert_eq!(
        taken[0].body,
        taken.last().unwrap().body,
        "the same message, with the same id"
    );
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
    assert_eq!(first.header("link"), "</events?after=2&limit=2>; rel=\"next\"");
    let all = site.get("/events").await.json();
    let rest = site.get("/events?after=2&limit=2").await.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(rest.as_array().unwrap()[..], all.as_array().unwrap()[2..]);
    assert_eq!(first.json().as_array().unwrap()[..], all.as_array().unwrap()[..2]);
    assert_eq!(all[0]["sequence"], "00000000000000000001");
    assert_eq!(site.get("/events?after=3").await.json(), json!([]));
    assert_eq!(site.get("/events?after=x").await.status, StatusCode::BAD_REQUEST);
}
