use super::*;

/// The edition that there is: one concept printed in its own words, one heading, one concept of its own.
const LIKE: &str = r#"catalogue: demo
edition: "2"
list: themes
title: Themes
source: a book
system: "urn:demo"
note: about the second edition
concepts:
  - code: surroundings
    label: Surroundings
    id: s
    selectable: false
    concepts:
      - {code: home, label: At home, display: Home, id: h, tags: [near]}
      - {code: work, label: Work, id: w}
  - {code: other, label: Something else, free_text: What?}
"#;

fn made(system: &str, like: &[&str]) -> Imported {
    let edition = Edition {
        catalogue: "demo".to_owned(),
        edition: "1".to_owned(),
        source: None,
    };
    let source = |text: &&str| {
        let path = "like.yaml".to_owned();
        let text = (*text).to_owned();
        Arc::new(Source { path, text })
    };
    let like: Vec<_> = like.iter().map(source).collect();
    import("system.json", system.as_bytes(), &edition, &like)
}

fn told(imported: &Imported) -> Vec<&str> {
    imported
        .diagnostics
        .iter()
        .map(|one| one.message.as_str())
        .collect()
}

fn list(imported: &Imported, id: &str) -> Json {
    let (path, text) = (id.to_owned(), imported.lists[id].clone());
    Document::parse(&Arc::new(Source { path, text }))
        .unwrap()
        .to_json()
}

#[test]
fn codes_and_tags_are_kept_and_wordings_are_the_systems() {
    let system = r#"{"resourceType": "CodeSystem", "url": "urn:demo", "name": "Demo", "version": "1", "concept": [
        {"code": "s", "display": "Factors around", "definition": "Factors around", "concept": [
            {"code": "h", "display": "House", "definition": "Where\none lives."},
            {"code": "n", "display": "\u00c6ther, b\u00f8 \u00e5", "concept": [{"code": "n2", "display": "Work"}]}]},
        {"code": "x", "display": "Elsewhere", "concept": [{"code": "x1", "display": "Far"}]}]}"#;
    let imported = made(system, &[LIKE]);
    assert_eq!(told(&imported), ["`Elsewhere` has no place in the lists"]);
    let list = list(&imported, "themes");
    assert_eq!(
        list,
        serde_json::json!({
            "catalogue": "demo", "edition": "1", "list": "themes", "title": "Themes", "source": "Demo 1", "system": "urn:demo",
            "concepts": [
                {"code": "surroundings", "label": "Factors around", "id": "s", "selectable": false, "concepts": [
                    {"code": "home", "label": "At home", "id": "h", "display": "House", "definition": "Where\none lives.", "tags": ["near"]},
                    {"code": "aether_boe_aa", "label": "\u{c6}ther, b\u{f8} \u{e5}", "id": "n", "selectable": false, "concepts": [
                        {"code": "work", "label": "Work", "id": "n2"}]}]},
                {"code": "other", "label": "Something else", "free_text": "What?"}]
        }),
        "work, which the system does not have, is gone, and its code is free"
    );
}

#[test]
fn what_stands_below_a_heading_that_is_not_there_takes_its_place() {
    let system = r#"{"resourceType": "CodeSystem", "url": "urn:demo", "name": "Demo", "version": "1", "concept": [
        {"code": "h", "display": "Home"}, {"code": "w", "display": "Work"}]}"#;
    let list = list(&made(system, &[LIKE]), "themes");
    let codes: Vec<&str> = list["concepts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["code"].as_str())
        .collect();
    assert_eq!(codes, ["home", "work", "other"]);
}

#[test]
fn lists_of_no_system_come_over_as_they_are() {
    let system = r#"{"resourceType": "CodeSystem", "url": "urn:demo", "name": "Demo", "version": "1", "concept": [{"code": "h", "display": "Home"}]}"#;
    let own = "catalogue: demo\nedition: \"2\"\nlist: own\ntitle: Own\nnote: ours\nconcepts: [{code: a, label: A}]\n";
    let list = list(&made(system, &[LIKE, own]), "own");
    assert_eq!(
        list,
        serde_json::json!({"catalogue": "demo", "edition": "1", "list": "own", "title": "Own", "note": "ours", "concepts": [{"code": "a", "label": "A"}]})
    );
}

#[test]
fn an_edition_that_says_the_same_comes_out_the_same() {
    let system = r#"{"resourceType": "CodeSystem", "url": "urn:demo", "name": "Demo", "version": "2", "concept": [
        {"code": "s", "display": "Surroundings", "concept": [{"code": "h", "display": "Home"}, {"code": "w", "display": "Work"}]}]}"#;
    let imported = made(system, &[LIKE]);
    let path = "like.yaml".to_owned();
    let like = Document::parse(&Arc::new(Source {
        path,
        text: LIKE.to_owned(),
    }))
    .unwrap()
    .to_json();
    assert_eq!(list(&imported, "themes")["concepts"], like["concepts"]);
}

#[test]
fn carelessness_is_mended_and_told_with_its_place() {
    let mut bytes = br#"{"resourceType": "CodeSystem", "url": "urn:demo", "name": "Demo", "version": "1", "concept": [{"code": "t", "display": "Themes", "concept": [
 {"code": "a", "display": "One"#.to_vec();
    bytes.extend("\u{a0}\u{a0}\"},\n {\"code\": \"b\", \"display\": \"Tw".as_bytes());
    bytes.extend(b"\xe6\"},\n {\"code\": \"a\", \"display\": \"Again\"},\n {\"code\": \"c\"},\n {\"display\": \"Nothing\"}]}]}");
    let edition = Edition {
        catalogue: "demo".to_owned(),
        edition: "1".to_owned(),
        source: Some("a web page".to_owned()),
    };
    let imported = import("system.json", &bytes, &edition, &[]);
    assert_eq!(
        told(&imported),
        [
            "the bytes `e6` are no UTF-8",
            "`One` has stray blanks",
            "the code `a` stands twice",
            "`c` has no wording",
            "a concept has no code"
        ]
    );
    let lines: Vec<usize> = imported
        .diagnostics
        .iter()
        .map(|one| one.source.as_ref().unwrap().position(one.span.start).line)
        .collect();
    assert_eq!(lines, [3, 2, 4, 5, 6]);
    assert!(!has_errors(&imported.diagnostics));
    let list = list(&imported, "themes");
    assert_eq!(list["source"], "a web page");
    assert_eq!(list["concepts"][0]["label"], "One");
    assert_eq!(list["concepts"].as_array().unwrap().len(), 3);
}

#[test]
fn an_edition_of_another_system_is_no_model() {
    let system = r#"{"resourceType": "CodeSystem", "url": "urn:other", "concept": [{"code": "h", "display": "House"}]}"#;
    let imported = made(system, &[LIKE]);
    assert_eq!(
        told(&imported),
        ["no list of the edition is of the system `urn:other`"]
    );
    assert!(imported.lists.is_empty());
}

#[test]
fn what_is_no_code_system_is_refused() {
    for (text, words) in [
        ("[1, 2", "not valid YAML"),
        ("{\"resourceType\": \"ValueSet\"}", "this is no code system"),
    ] {
        let imported = made(text, &[]);
        assert!(imported.lists.is_empty() && has_errors(&imported.diagnostics));
        assert!(told(&imported)[0].starts_with(words), "{:?}", told(&imported));
    }
}
