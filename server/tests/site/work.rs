//! What people do on the site.

use std::time::{Duration, Instant};

use metode_server::casework::{self, Actor, What};
use metode_server::clock::Moment;
use serde_json::json;

use super::Site;

/// How long something may take to come about.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
pub async fn until<T>(mut holds: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = holds() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "it never came about");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Completes a form that is begun, with this reason; the case's address.
pub async fn complete(site: &Site, form: &str, reason: &str) -> String {
    let done = site
        .post(
            &format!("{form}/complete"),
            &[("revision", "99"), ("a:aarsag", reason)],
        )
        .await;
    let location = done.location();
    location.split('?').next().unwrap().to_owned()
}

/// Opens a case and completes its first form; the form's address.
pub async fn opened(site: &Site, number: &str, cpr: &str, reason: &str) -> String {
    let case = site.case_about(number, cpr).await;
    let form = site
        .post(&format!("{case}/responses"), &[("form", "aabning")])
        .await
        .location();
    complete(site, &form, reason).await;
    form
}

/// Corrects a completed form.
pub async fn corrected(site: &Site, form: &str, reason: &str) -> String {
    let new = site.post(&format!("{form}/correct"), &[]).await.location();
    complete(site, &new, reason).await;
    new
}

/// Completes the first form of a case on an earlier day, as the server would have done then.
pub async fn on_day(site: &Site, number: &str, cpr: &str, day: &str, reason: &str) {
    let app = &site.app;
    let mut case = casework::fresh(app, "prove@1.0.0").unwrap();
    let stamp = format!("{day}T10:00:00.000Z");
    case.now = Moment {
        local: metode::value::DateTime::parse(&format!("{day}T12:00:00+02:00")).unwrap(),
        stamp,
    };
    let set = |case: &mut casework::Opened, place: &str, path: &str, value: &str| {
        let mut session = case.session(place).unwrap();
        session.set(path, json!(value)).unwrap();
        let answers = session.answers().clone();
        case.keep(place, answers);
    };
    set(&mut case, "case", "number", number);
    set(&mut case, "citizen", "cpr", cpr);
    let (method, now) = (case.method.clone(), case.now.local.clone());
    metode::emission::start(
        &method,
        &mut case.case,
        "aabning",
        None,
        "r".to_owned(),
        now.clone(),
    )
    .unwrap();
    set(&mut case, "r", "aarsag", reason);
    case.points = metode::emission::complete(&method, &mut case.case, "r", now).unwrap();
    case.events.push(What::Completed {
        place: "r".to_owned(),
        form: "aabning".to_owned(),
        points: case.points.len(),
    });
    let actor = Actor {
        name: "Bo".to_owned(),
        page: None,
    };
    casework::save(app, &mut case, &actor).await.unwrap();
}
