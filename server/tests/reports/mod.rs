//! Reports of the small method: where they go, and what they tell.
#![allow(dead_code, reason = "each test uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use metode_server::delivery::{Entry, Status};
use serde_json::{Value as Json, json};

use crate::receiver::{Receiver, Taken};
use crate::site::Site;
use crate::site::work::until;

pub fn route(receiver: &Receiver) -> String {
    format!(
        "reports:\n- {{template: proeve@1.0.0, to: '{}', timeout_seconds: 1, retry: {{first_seconds: 0.02, most_seconds: 0.1}}}}\n",
        receiver.url
    )
}

pub fn delivering(receiver: &Receiver) -> Site {
    Site::delivering(|_| route(receiver))
}

pub fn of_status(site: &Site, status: Status) -> Vec<Entry> {
    let book = site.app.delivery.routes[0].book(&site.app);
    let mut entries = book.of_status(status, None, 999).unwrap();
    entries.sort_by_key(|entry| entry.number);
    entries
}

/// Waits until nothing is waiting any more and all data points are in reports.
pub async fn idle(site: &Site) {
    until(|| {
        let head = site.app.delivery.routes[0].book(&site.app).head().unwrap();
        ((head.cursor, head.facts) == site.app.store.last() && head.count(Status::Waiting) == 0).then_some(())
    })
    .await;
}

/// The reasons that a report tells of, with whether they were entered in error.
pub fn reasons(taken: &Taken) -> Vec<(String, bool)> {
    let parts = taken.json()["dele"].as_array().unwrap().clone();
    parts
        .iter()
        .filter(|part| part["id"].is_string())
        .map(|part| {
            (
                part["aarsag"].as_str().unwrap_or_default().to_owned(),
                part["fejl"] == true,
            )
        })
        .collect()
}

/// The part of a report that tells a reason.
pub fn part(report: &Json) -> Json {
    let mut parts = report["dele"].as_array().unwrap().iter();
    parts.find(|part| part["id"].is_string()).unwrap().clone()
}

pub fn told(reason: &str) -> Vec<(String, bool)> {
    vec![(reason.to_owned(), false)]
}

/// Refuses every report that tells of a reason, and says where.
pub fn refuses(receiver: &Receiver, bad: &'static str) {
    receiver.refuse(move |report| {
        let parts = report["dele"].as_array()?;
        let place = parts.iter().position(|part| part["aarsag"] == bad)?;
        let problem = json!({"says": "Årsagen 0101814321 duer ikke", "at": format!("Report.dele[{place}].aarsag"), "code": "r-1"});
        Some(json!({"problems": [problem]}))
    });
}

/// Changes a fact of a form's case.
pub async fn mended(site: &Site, form: &str, fact: &str, value: &str) {
    let case = form.split("/responses").next().unwrap();
    let facts = [("revision", "99"), (fact, value)];
    site.post(&format!("{case}/facts"), &facts).await.location();
}
