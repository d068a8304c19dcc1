//! The pages that show methods, their versions and what changed from one to another.

mod site;

use axum::http::StatusCode;
use site::Site;

const CHANGES: [(&str, &str); 3] = [
    ("label: Årsag, type: text", "label: Grund, type: text"),
    ("show_if: vaerge = true", "show_if: vaerge = true and pris > 5"),
    (
        "      - {id: slut, label: Slut, type: date}\n",
        "      - {id: slutdato, label: Slut, type: date}\n",
    ),
];

#[tokio::test]
async fn what_changed_is_shown_with_the_cases_that_it_touches() {
    let site = Site::new();
    let form = site.begin("aabning").await;
    site.answer(&form, 2, "slut", &["1.3.2025"]).await;
    site.second_version(&CHANGES, None);
    let list = site.get("/methods").await.body;
    assert!(
        list.contains("Kortere skema") && list.contains("1 løbende sag"),
        "{list}"
    );
    let address = "/methods/prove/compare?from=1.0.0&amp;to=2.0.0";
    assert!(list.contains(&format!("href=\"{address}\"")), "{list}");
    let page = site.get(&address.replace("&amp;", "&")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.body;
    for said in [
        "Vises når: ændret",
        "<code>vaerge = true</code>",
        "<code>vaerge = true and pris &gt; 5</code>",
        "Betegnelse: ændret",
        "Er udgået",
        "Måske det samme som <code>aabning.slutdato</code>, der har samme betegnelse",
        "Måske det samme som <code>aabning.slut</code>",
        "· 1 sag<",
        "mindst 2.0.0",
        "Der er ingen migration fra 1.0.0 til 2.0.0",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // Without versions: the newest and the one before it.
    assert_eq!(
        site.get("/methods/prove/compare")
            .await
            .body
            .matches("Er udgået")
            .count(),
        1
    );
}

#[tokio::test]
async fn what_the_migration_says_became_is_shown_as_such() {
    let site = Site::new();
    let migration = "migration: 1.0.0\nsteps:\n  - {rename: aabning.slut, to: aabning.slutdato}\n";
    site.second_version(&CHANGES, Some(migration));
    let text = site.get("/methods/prove/compare").await.body;
    assert!(
        text.contains("Hedder noget andet") && text.contains("Det siger migrationen"),
        "{text}"
    );
    assert!(
        !text.contains("Måske") && !text.contains("ingen migration"),
        "{text}"
    );
}

#[tokio::test]
async fn one_class_can_be_looked_at() {
    let site = Site::new();
    site.second_version(&CHANGES, None);
    let address = "/methods/prove/compare?from=1.0.0&to=2.0.0";
    let text = site.get(&format!("{address}&class=wording")).await.body;
    assert!(
        text.contains("Betegnelse: ændret") && !text.contains("Vises når"),
        "{text}"
    );
    let same = site.get("/methods/prove/compare?from=2.0.0&to=2.0.0").await.body;
    assert!(same.contains("Der er ingen forskel"), "{same}");
    for wrong in [
        "/methods/prove/compare?from=1.0.0&to=2.0.0&class=grave",
        "/methods/prove/compare?from=1.0.0&to=3.0.0",
        "/methods/other/compare",
    ] {
        assert_eq!(site.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}
