//! The national method as users meet it: loaded, opened, changed. `cargo bench -p metode-tests`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use metode::case::{Case, CaseFile};
use metode::definition::Library;
use metode::evaluation::{ItemView, Part, Session};
use serde_json::json;

/// The form with the most rows, every theme of it relevant, described and assessed.
const FORM: &str = "sagsoplysning";

fn filled(library: &Library) -> (CaseFile, Case) {
    let file = metode_tests::case(library, "vum@2.0.0", "mads");
    let mut case = file.case.clone();
    case.responses.truncate(2);
    for response in &mut case.responses {
        response.completed = None;
    }
    let mut session =
        Session::open(&file.method, &case, Part::Response(FORM), file.now.clone()).expect("the response");
    // Twice: the levels are there once the themes are.
    for _ in 0..2 {
        let view = session.view();
        for field in view
            .fields()
            .into_iter()
            .filter(|field| field.relevant && !field.read_only)
        {
            let codes: Vec<&str> = field
                .options
                .iter()
                .filter(|option| !option.heading)
                .map(|option| option.code.as_str())
                .collect();
            let answer = match field.kind {
                "choices" => json!(codes),
                "score" => json!("2"),
                "longtext" => json!("Borgeren fortæller om sin hverdag. ".repeat(20)),
                _ => continue,
            };
            drop(session.set(&field.path, answer));
        }
    }
    let answers = session.answers().clone();
    case.response_mut(FORM).expect("the response").answers = answers;
    (file, case)
}

fn method(c: &mut Criterion) {
    let folder = metode_tests::definitions();
    c.bench_function("load and compile all definitions", |bench| {
        bench.iter(|| black_box(Library::load(&folder)))
    });
    let library = Library::load(&folder).library;
    let (file, case) = filled(&library);
    let open =
        || Session::open(&file.method, &case, Part::Response(FORM), file.now.clone()).expect("the response");
    let mut session = open();
    let level = session
        .view()
        .fields()
        .into_iter()
        .rfind(|field| field.kind == "score" && field.relevant)
        .map(|field| field.path.clone());
    let level = level.expect("a level");
    let view = session.view();
    println!(
        "{} fields shown, {} answered",
        view.progress.fields, view.progress.answered
    );
    c.bench_function("open the filled response", |bench| {
        bench.iter(|| black_box(open()))
    });
    let mut turn = 0;
    c.bench_function("change one level", |bench| {
        bench.iter(|| {
            turn += 1;
            black_box(session.set(&level, json!((turn % 5).to_string())))
        })
    });
    let theme = view
        .sections
        .iter()
        .flat_map(|section| &section.items)
        .find_map(|item| match item {
            ItemView::Group(group) => group
                .rows
                .first()
                .map(|row| format!("{}.relevante_undertemaer", row.path)),
            ItemView::Field(_) => None,
        });
    let theme = theme.expect("a theme");
    let all = view
        .fields()
        .into_iter()
        .find(|field| field.path == theme)
        .map(|field| field.value.clone());
    let all = all.expect("its answer");
    c.bench_function("take all themes of a group away and put them back", |bench| {
        bench.iter(|| {
            drop(session.set(&theme, json!([])));
            black_box(session.set(&theme, all.clone()))
        })
    });
    c.bench_function("build the view", |bench| bench.iter(|| black_box(session.view())));
}

criterion_group!(benches, method);
criterion_main!(benches);
