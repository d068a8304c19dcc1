//! No free text ever leaves in a report that may hold none.

use metode::case::{Answers, CaseFile};
use metode::definition::{Form, Kind};
use metode_tests::library;
use serde_json::{Value as Json, json};

const WRITTEN: &str = "SKREVET AF NOGEN";

/// Puts the same words into every field in which somebody can write.
fn write(form: &Form, answers: &mut Answers) {
    let free = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or(path);
        form.fields.iter().find(|field| {
            field.id == last && matches!(field.kind, Kind::Text | Kind::LongText | Kind::Contact)
        })
    };
    let written: Vec<(String, Json)> = answers
        .fields
        .keys()
        .filter_map(|path| {
            let field = free(path)?;
            let value = match field.kind {
                Kind::Contact => json!({ "name": WRITTEN, "address": WRITTEN }),
                _ => json!(WRITTEN),
            };
            Some((path.clone(), value))
        })
        .collect();
    for (path, value) in written {
        answers.enter(&path, value);
    }
}

fn written(mut file: CaseFile) -> CaseFile {
    let method = file.method.clone();
    for response in &mut file.case.responses {
        write(method.form(&response.form).unwrap(), &mut response.answers);
    }
    let (number, cpr) = (
        file.case.record.get("number").cloned(),
        file.case.citizen.get("cpr").cloned(),
    );
    write(method.case_form().unwrap(), &mut file.case.record);
    write(method.citizen_form().unwrap(), &mut file.case.citizen);
    // What says who it is about is no free text.
    if let Some(number) = number {
        file.case.record.put("number".to_owned(), number);
    }
    if let Some(cpr) = cpr {
        file.case.citizen.put("cpr".to_owned(), cpr);
    }
    file
}

#[test]
fn what_somebody_wrote_is_in_no_report_that_may_hold_none() {
    let library = library();
    let mut looked_at = 0;
    for (name, file) in super::cases(&library) {
        let file = written(file);
        for template in library.reports().iter().filter(|template| !template.free_text) {
            for report in super::reports(template, &file).into_iter().flatten() {
                looked_at += 1;
                let body = report.body.to_string();
                assert!(!body.contains(WRITTEN), "{name}, {}: {body}", template.name());
            }
        }
    }
    assert!(looked_at > 60, "only {looked_at} reports");
}

#[test]
fn what_may_hold_free_text_says_so_and_does() {
    let library = library();
    let template = library.report("ffb-udvekslingsdatasaet@1.0.0").unwrap();
    assert!(template.free_text);
    let file = written(metode_tests::case(&library, "vum@2.0.0", "mads"));
    let reports: Vec<_> = super::reports(template, &file).into_iter().flatten().collect();
    assert!(
        reports
            .iter()
            .any(|report| report.body.to_string().contains(WRITTEN))
    );
}
