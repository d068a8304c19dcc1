//! The pages over a small method: what they save, what they refuse, and what they never show.

mod site;

use axum::http::StatusCode;
use site::{Site, number};

#[tokio::test]
async fn a_case_is_opened_when_its_facts_hold() {
    let site = Site::new();
    let page = site
        .post(
            "/cases/new",
            &[
                ("method", "prove@1.0.0"),
                ("a:citizen.name", "Mads Prøve"),
                ("a:case.number", ""),
            ],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("Mads Prøve"), "what was typed stays");
    assert!(page.body.contains("id=\"summary\""));
    let case = site.case().await;
    let list = site.get("/").await;
    assert!(
        list.body.contains("S-1") && !list.body.contains("0101814321") && !list.body.contains("Mads Prøve")
    );
    let page = site.get(&case).await;
    assert!(page.body.contains("010181-••••") && !page.body.contains("0101814321"));
    assert!(site.post("/", &[("q", "s-1")]).await.body.contains("S-1"));
    assert!(
        !site.post("/", &[("q", "Mads")]).await.body.contains("S-1"),
        "nothing confidential can be searched"
    );
}

#[tokio::test]
async fn an_answer_is_saved_with_its_consequences() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let answer = site.answer(&form, 2, "vaerge", &["true"]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert_eq!(json["revision"], 3);
    let ids: Vec<&str> = json["fragments"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part["id"].as_str())
        .collect();
    assert!(
        ids.contains(&"f-vaerge") && ids.contains(&"f-vaergens_navn"),
        "{ids:?}"
    );
    assert!(
        !ids.contains(&"f-aarsag"),
        "what does not change is not sent: {ids:?}"
    );
    let page = site.get(&form).await.body;
    assert!(
        page.contains("name=\"a:vaergens_navn\"") && page.contains("1 af 6 besvaret"),
        "{page}"
    );
    // Hidden again: no control, and the answer is kept.
    site.answer(&form, 3, "vaergens_navn", &["Bo"]).await;
    site.answer(&form, 4, "vaerge", &["false"]).await;
    assert!(!site.get(&form).await.body.contains("name=\"a:vaergens_navn\""));
    site.answer(&form, 5, "vaerge", &["true"]).await;
    assert!(site.get(&form).await.body.contains("value=\"Bo\""));
}

#[tokio::test]
async fn a_refused_value_is_told_and_not_saved() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    site.answer(&form, 2, "slut", &["1.3.2025"]).await;
    let answer = site.answer(&form, 3, "slut", &["31.02.2025"]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["refused"][0], "slut");
    let html = answer.json()["fragments"].to_string();
    assert!(html.contains("31.02.2025") && html.contains("aria-invalid"));
    assert!(site.get(&form).await.body.contains("value=\"01.03.2025\""));
    // Without a script: the same message, and the rest is saved.
    let page = site
        .post(
            &form,
            &[("revision", "3"), ("a:slut", "i går"), ("a:aarsag", "Fald")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("value=\"i går\"") && page.body.contains("Noget er ikke gemt"));
    assert!(site.get(&form).await.body.contains("Fald"));
}

#[tokio::test]
async fn two_people_lose_nothing() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    site.answer(&form, 2, "aarsag", &["Sofies"]).await;
    // Another field from an older page: both stand.
    let answer = site.answer(&form, 2, "slut", &["01.03.2025"]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["behind"], true);
    // The same field from an older page: the other's answer stays, and both are shown.
    let answer = site.as_user(1).answer(&form, 2, "aarsag", &["Karims"]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let html = answer.json()["fragments"].to_string();
    assert!(html.contains("Sofies") && html.contains("Karims") && html.contains("Sofie Holm"));
    assert!(site.get(&form).await.body.contains("Sofies"));
    // With the revision that came with it, the choice is made.
    let revision = answer.json()["revision"].as_u64().unwrap();
    assert_eq!(
        site.answer(&form, revision, "aarsag", &["Karims"]).await.status,
        StatusCode::OK
    );
    // A whole page from before: what its writer did not touch does not overwrite.
    let page = site
        .post(
            &form,
            &[
                ("revision", "2"),
                ("a:aarsag", ""),
                ("a:slut", ""),
                ("a:pris", "12,50"),
            ],
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let page = site.get(&form).await.body;
    assert!(
        page.contains("Karims") && page.contains("01.03.2025") && page.contains("12,5"),
        "{page}"
    );
    // A retry of what was saved already is no conflict.
    assert_eq!(
        site.answer(&form, 2, "aarsag", &["Karims"]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn many_at_once_are_all_saved() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let fields = [
        ("aarsag", "a"),
        ("slut", "01.03.2025"),
        ("pris", "7"),
        ("start", "01.02.2025"),
        ("vaerge", "true"),
    ];
    let values: Vec<[&str; 1]> = fields.iter().map(|(_, value)| [*value]).collect();
    let calls = fields
        .iter()
        .zip(&values)
        .map(|((path, _), value)| site.answer(&form, 2, path, value));
    for answer in site::all(calls).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    assert!(site.get(&form).await.body.contains("value=\"7\""));
}

#[tokio::test]
async fn rows_come_go_and_come_back() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let added = site
        .script(&format!("{form}/rows"), &[("group", "maal"), ("revision", "2")])
        .await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    let row = added.json()["added"].as_str().unwrap().to_owned();
    let key = row.rsplit('.').next().unwrap();
    site.answer(&form, 3, &format!("{row}.tekst"), &["Egen bolig"])
        .await;
    let gone = site
        .script(
            &format!("{form}/rows/remove"),
            &[("group", "maal"), ("key", key), ("revision", "4")],
        )
        .await;
    assert!(
        gone.json()["fragments"]
            .to_string()
            .contains("Egen bolig er fjernet")
    );
    assert!(!site.get(&form).await.body.contains("Egen bolig"));
    let back = site
        .post(
            &form,
            &[("revision", "5"), ("do", &format!("restore_row maal {key}"))],
        )
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(site.get(&form).await.body.contains("value=\"Egen bolig\""));
}

#[tokio::test]
async fn completing_asks_first_and_then_gives_data_points() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let page = site
        .post(
            &format!("{form}/complete"),
            &[("revision", "2"), ("a:pris", "5000")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("href=\"#f-aarsag\"") && page.body.contains("Prisen er høj"));
    let page = site
        .post(
            &format!("{form}/complete"),
            &[("revision", "3"), ("a:aarsag", "Fald"), ("a:pris", "5000")],
        )
        .await;
    assert!(
        page.body.contains("mangler en begrundelse"),
        "the warning alone stands in the way"
    );
    let (path, rule) = (page.value("ack_path"), page.value("ack_rule"));
    let acknowledged = [
        ("ack_path", path.as_str()),
        ("ack_rule", &rule),
        ("ack_reason", "Aftalt"),
        ("a:pris", "5000"),
    ];
    let done = site.post(&format!("{form}/complete"), &acknowledged).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let case = site.get(&done.location()).await.body;
    assert!(
        case.contains("er afsluttet") && case.contains("1 datapunkt"),
        "{case}"
    );
    let case = form.split("/responses").next().unwrap();
    assert!(site.get(&format!("{case}/points")).await.body.contains("Fald"));
    // Completed: to read, and closed.
    let page = site.get(&form).await.body;
    assert!(page.contains("Afsluttet") && !page.contains("name=\"a:") && page.contains("Aftalt"));
    let late = site.answer(&form, 9, "aarsag", &["Ændret"]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    // A correction begins with the same answers, takes the old one's place and leaves its trace.
    let correction = site.post(&format!("{form}/correct"), &[]).await.location();
    assert_eq!(
        site.post(&format!("{form}/correct"), &[]).await.location(),
        correction,
        "one correction, not two"
    );
    assert!(site.get(&correction).await.body.contains("Fald"));
    let done = site
        .post(
            &format!("{correction}/complete"),
            &[("a:aarsag", "Sygdom"), ("a:pris", "50")],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let points = site.get(&format!("{case}/points")).await.body;
    assert!(points.contains("Sygdom") && points.contains("Fald"));
    assert!(site.get(case).await.body.contains("Rettet af en nyere"));
    let history = site.get(&format!("{case}/history")).await.body;
    assert!(
        history.contains("Afsluttede skemaet") && history.contains("Aftalt") && history.contains("Sygdom")
    );
    assert!(!history.contains("0101814321"));
}

#[tokio::test]
async fn data_points_are_told_in_the_words_of_the_method_and_of_the_case() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let goal = [("a:aarsag", "Fald"), ("do", "add_row maal")];
    assert_eq!(site.post(&form, &goal).await.status, StatusCode::SEE_OTHER);
    let page = site.get(&form).await.body;
    let text = page.split("name=\"a:maal.").nth(1);
    let text = text.and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let told = [(&*format!("a:maal.{text}"), "Bo selv")];
    site.post(&format!("{form}/complete"), &told).await;
    let case = form.split("/responses").next().unwrap_or_default();
    let points = site.get(&format!("{case}/points")).await.body;
    for words in [
        "<dt>Årsag</dt><dd>Fald",
        "<dt>Sagens stand</dt><dd>Åben",
        "<dt>Foerste</dt><dd>Bo selv",
    ] {
        assert!(points.contains(words), "{words} is not in {points}");
    }
}

#[tokio::test]
async fn a_carried_answer_tells_when_its_source_has_changed() {
    let site = Site::new();
    let first = site.begin("aabning").await;
    site.answer(&first, 2, "aarsag", &["Fald"]).await;
    let case = first.split("/responses").next().unwrap();
    let second = site
        .post(&format!("{case}/responses"), &[("form", "vurdering")])
        .await
        .location();
    assert!(site.get(&second).await.body.contains("Fald"));
    site.answer(&first, 4, "aarsag", &["Sygdom"]).await;
    let page = site.get(&second).await.body;
    assert!(
        page.contains("Brug den nye værdi") && page.contains("Sygdom"),
        "{page}"
    );
    let revision = number(&page);
    let taken = site
        .script(
            &format!("{second}/source"),
            &[("path", "aarsag"), ("revision", &revision)],
        )
        .await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    let page = site.get(&second).await.body;
    assert!(
        page.contains("Sygdom") && !page.contains("Brug den nye værdi"),
        "{page}"
    );
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    assert_eq!(site.foreign(&form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get("/cases/..%2f..").await.status, StatusCode::NOT_FOUND);
    assert!(site.get("/nowhere").await.body.contains("Siden findes ikke"));
    // What the framework finds wrong is told as all is, and keeps its status.
    for address in [
        "/?after=x",
        "/reports?after=x",
        "/reports/a/x",
        "/cases/new?method=x",
    ] {
        let page = site.get(address).await;
        assert!(
            page.status == StatusCode::OK || page.body.contains("Siden findes ikke"),
            "{address}: {} {}",
            page.status,
            page.body
        );
    }
    let page = site.post("/", &[("after", "x")]).await;
    assert!(page.body.contains("kunne ikke læses"), "{}", page.body);
    let large = "x".repeat(3 << 20);
    assert_eq!(
        site.post(&form, &[("a:aarsag", &large)]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let long = "x".repeat(3000);
    let answer = site.answer(&form, 2, "pris", &["<script>"]).await;
    assert!(
        !answer.body.contains("<script>"),
        "typed text is escaped: {}",
        answer.body
    );
    assert_eq!(
        site.answer(&form, 2, "aarsag", &[&long]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let page = site.get(&form).await;
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'self'")
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        !page.body.contains("<style") && !page.body.contains(" style=") && !page.body.contains(" onclick=")
    );
}

#[tokio::test]
async fn a_field_says_why_it_is_as_it_is() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let why = site.get(&format!("{form}/explain?path=vaergens_navn")).await.body;
    assert!(why.contains("Feltet er skjult, fordi"), "{why}");
    assert!(
        why.contains("ikke er besvaret") && why.contains("vaerge = true"),
        "{why}"
    );
    assert!(
        why.contains("#f-vaerge\">Værge</a>"),
        "the answer is one click away: {why}"
    );
    assert!(
        why.contains("linje") && !why.contains(site.folder()),
        "places are told without folders: {why}"
    );
    site.answer(&form, 2, "vaerge", &["true"]).await;
    let why = site.get(&format!("{form}/explain?path=vaergens_navn")).await.body;
    assert!(
        why.contains("Feltet vises, fordi") && why.contains("<strong>Ja</strong>"),
        "{why}"
    );
    let missing = site.get(&format!("{form}/explain?path=nothing")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_offers_its_reason() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    let told = site.answer(&form, 2, "pris", &["2000"]).await.body;
    assert!(
        told.contains("explain?path=pris") && told.contains("Prisen er høj."),
        "{told}"
    );
    let why = site.get(&format!("{form}/explain?path=pris")).await.body;
    assert!(
        why.contains("Prisen er høj.") && why.contains("er mindst"),
        "{why}"
    );
    assert!(why.contains("2.000 kr.") && why.contains("1.000 kr."), "{why}");
}

#[tokio::test]
async fn hidden_fields_are_listed_with_their_reasons() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    assert!(site.get(&form).await.body.contains(">Skjulte felter</a>"));
    let hidden = site.get(&format!("{form}/hidden")).await.body;
    assert!(
        hidden.contains("Værgens navn") && hidden.contains("Feltet er skjult, fordi"),
        "{hidden}"
    );
    site.answer(&form, 2, "vaerge", &["true"]).await;
    let hidden = site.get(&format!("{form}/hidden")).await.body;
    assert!(!hidden.contains("Værgens navn"), "{hidden}");
}
