//! Data needs over a small method: noted like any answers, and told for each phase.

mod site;

use axum::http::StatusCode;
use site::Site;

/// Begins the noting of what a phase needs; the address of the case, and of what was begun.
async fn noting(site: &Site, form: &str) -> (String, String) {
    let case = site.case().await;
    let begun = site.post(&format!("{case}/responses"), &[("form", form)]).await;
    (case, begun.location())
}

#[tokio::test]
async fn a_case_tells_what_it_needs_before_anything_is_noted() {
    let site = Site::new();
    let case = site.case().await;
    let page = site.get(&case).await.body;
    assert_eq!(page.matches("0 af 1 modtaget").count(), 2, "{page}");
    assert!(
        page.contains("anslået 20 min. tilbage") && page.contains("Lægeattest"),
        "{page}"
    );
    assert!(!page.contains("Værgebevis"), "the need does not arise");
    assert!(
        !page.contains("Begynd behov"),
        "the forms of needs are no steps of their own"
    );
    let page = site.get(&format!("{case}/needs")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("Helbredet") && page.body.contains("anslået 20 min."),
        "{}",
        page.body
    );
    assert_eq!(
        site.get("/cases/nowhere/needs").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_is_received_counts_from_then_on_and_can_be_taken_back() {
    let site = Site::new();
    let (case, form) = noting(&site, "behov_aabning").await;
    site.answer(&form, 2, "behov.attest.modtaget", &["01.03.2025"])
        .await;
    site.answer(&form, 3, "behov.attest.minutter", &["35"]).await;
    site.answer(&form, 4, "behov.attest.kilde", &["Dr. Hansen"]).await;
    let page = site.get(&case).await.body;
    assert!(
        page.contains("1 af 1 modtaget</strong> · 35 min. brugt</p>"),
        "{page}"
    );
    assert!(
        page.contains("Modtaget i åbning"),
        "the next phase has it: {page}"
    );
    let page = site.get(&format!("{case}/needs")).await.body;
    assert!(
        page.contains("01.03.2025") && page.contains("35 min. brugt"),
        "{page}"
    );
    assert!(!page.contains("Dr. Hansen"), "nothing confidential");
    let missing = site.get(&format!("{case}/needs?show=missing")).await.body;
    assert!(
        missing.contains("Der er ingen.") && !missing.contains("Lægeattest"),
        "{missing}"
    );
    let history = site.get(&format!("{case}/history")).await.body;
    assert!(
        history.contains("Modtaget den") && history.contains("Sofie Holm"),
        "{history}"
    );
    site.answer(&form, 5, "behov.attest.modtaget", &[""]).await;
    assert!(!site.get(&case).await.body.contains("Modtaget i åbning"));
}

#[tokio::test]
async fn a_need_arises_with_the_answer_that_it_follows() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let case = form.split("/responses").next().unwrap_or_default();
    assert!(!site.get(case).await.body.contains("Værgebevis"));
    site.answer(&form, 2, "vaerge", &["true"]).await;
    let page = site.get(case).await.body;
    assert!(
        page.contains("Værgebevis") && page.contains("0 af 2 modtaget"),
        "{page}"
    );
}

#[tokio::test]
async fn two_people_who_note_the_same_need_lose_nothing() {
    let site = Site::new();
    let (_, form) = noting(&site, "behov_aabning").await;
    site.answer(&form, 2, "behov.attest.modtaget", &["01.03.2025"])
        .await;
    let other = site.as_user(1);
    let answer = other.answer(&form, 2, "behov.attest.minutter", &["10"]).await;
    assert_eq!(answer.status, StatusCode::OK, "another field");
    let answer = other
        .answer(&form, 2, "behov.attest.modtaget", &["02.03.2025"])
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let html = answer.json()["fragments"].to_string();
    assert!(html.contains("01.03.2025") && html.contains("02.03.2025") && html.contains("Sofie Holm"));
    assert!(site.get(&form).await.body.contains("01.03.2025"));
}
